import { Api } from "@signalflow/domain/api/Api"
import { Effect, Layer } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { answered } from "../database/Database.ts"
import { TrendQueries } from "./TrendQueries.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "trends",
  Effect.fn(function* (handlers) {
    const queries = yield* TrendQueries
    return handlers.handleAll({ trending: ({ query }) => answered(queries.trending(query)) })
  }),
).pipe(Layer.provide(TrendQueries.layer))
