import { Api } from "@signalflow/domain/api/Api"
import { NotReady } from "@signalflow/domain/api/System"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { makeHealth } from "./Health.ts"
import { makeReady } from "./Ready.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "system",
  Effect.fn(function* (handlers) {
    const health = yield* makeHealth
    const look = yield* makeReady

    const ready = Effect.gen(function* () {
      const { status, dependencies } = yield* look
      return status === "unready" ? yield* new NotReady({ status, dependencies }) : { status, dependencies }
    })

    return handlers.handleAll({ health: () => health, healthAlias: () => health, ready: () => ready })
  }),
)
