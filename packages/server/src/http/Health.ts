import { Clock, Effect } from "effect"
import manifest from "../../package.json" with { type: "json" }

/** That this process runs, which version, and since when. */
export const makeHealth = Effect.map(Clock.currentTimeMillis, (startedAt) =>
  Effect.map(Clock.currentTimeMillis, (now) => ({
    status: "ok" as const,
    version: manifest.version,
    uptimeSeconds: (now - startedAt) / 1_000,
  })),
)
