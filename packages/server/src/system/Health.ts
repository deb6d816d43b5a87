import { Clock, Effect } from "effect"
import manifest from "../../package.json" with { type: "json" }
import { World } from "./World.ts"

/** That this process runs, which version, since when, and in which world. */
export const makeHealth = Effect.gen(function* () {
  const startedAt = yield* Clock.currentTimeMillis
  const world = yield* World
  return Effect.map(Clock.currentTimeMillis, (now) => ({
    status: "ok" as const,
    version: manifest.version,
    uptimeSeconds: (now - startedAt) / 1_000,
    world,
  }))
})
