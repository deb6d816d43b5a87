import { Api } from "@signalflow/domain/api/Api"
import { Effect, Layer } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { answered } from "../database/Database.ts"
import { SourceQueries } from "./SourceQueries.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "sources",
  Effect.fn(function* (handlers) {
    const queries = yield* SourceQueries
    return handlers.handleAll({ list: () => answered(Effect.map(queries.list, (results) => ({ results }))) })
  }),
).pipe(Layer.provide(SourceQueries.layer))
