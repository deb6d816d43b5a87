import { Api } from "@signalflow/domain/api/Api"
import { Effect, Layer } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { answered } from "../database/Database.ts"
import { SignalQueries } from "./SignalQueries.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "signals",
  Effect.fn(function* (handlers) {
    const queries = yield* SignalQueries
    return handlers.handleAll({ list: ({ query }) => answered(queries.page(query)) })
  }),
).pipe(Layer.provide(SignalQueries.layer))
