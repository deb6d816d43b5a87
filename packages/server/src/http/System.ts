import { Api } from "@signalflow/domain/api/Api"
import { NotReady } from "@signalflow/domain/api/System"
import { Clock, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import manifest from "../../package.json" with { type: "json" }
import { makeReady } from "./Ready.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "system",
  Effect.fn(function* (handlers) {
    const startedAt = yield* Clock.currentTimeMillis
    const look = yield* makeReady

    const health = Effect.map(Clock.currentTimeMillis, (now) => ({
      status: "ok" as const,
      version: manifest.version,
      uptimeSeconds: (now - startedAt) / 1_000,
    }))

    const ready = Effect.gen(function* () {
      const { status, dependencies } = yield* look
      return status === "unready" ? yield* new NotReady({ status, dependencies }) : { status, dependencies }
    })

    return handlers.handleAll({ health: () => health, healthAlias: () => health, ready: () => ready })
  }),
)
