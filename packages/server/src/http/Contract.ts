import { badFields, type BadRequest } from "@signalflow/domain/api/Access"
import { Contract, InternalServerError } from "@signalflow/domain/api/Contract"
import { Effect, Layer, SchemaAST } from "effect"
import { HttpServerRequest } from "effect/http"
import type { HttpApiEndpoint } from "effect/http-api"
import { HttpApiError } from "effect/http-api"
import type { unhandled } from "effect/Types"
import { fieldsOf } from "./BadFields.ts"
import { unknownParameters } from "./QueryNames.ts"

const known = new WeakMap<HttpApiEndpoint.Top, ReadonlyArray<string>>()

const parametersOf = (endpoint: HttpApiEndpoint.Top): ReadonlyArray<string> => {
  const before = known.get(endpoint)
  if (before !== undefined) return before
  const ast = endpoint.query === undefined ? undefined : SchemaAST.toEncoded(endpoint.query.ast)
  const names = ast !== undefined && SchemaAST.isObjects(ast) ? ast.propertySignatures.map(({ name }) => String(name)) : []
  known.set(endpoint, names)
  return names
}

/** Refuses what the contract does not know. */
export const layer = Layer.succeed(
  Contract,
  Contract.of((app, { endpoint }) =>
    Effect.gen(function* () {
      const unknown = unknownParameters(Object.keys(yield* HttpServerRequest.ParsedSearchParams), parametersOf(endpoint))
      if (unknown !== undefined) return yield* unknown
      return yield* app.pipe(
        Effect.catch((error): Effect.Effect<never, BadRequest | InternalServerError | unhandled> => {
          if (!HttpApiError.HttpApiSchemaError.is(error)) return Effect.fail(error)
          if (error.kind !== "Body" && error.kind !== "ResponseHeaders")
            return Effect.fail(badFields(fieldsOf(error.cause.issue, error.kind.toLowerCase())))
          return Effect.andThen(
            Effect.logError("An answer is not as the contract says", error),
            Effect.fail(new InternalServerError({ detail: "Something went wrong in the server; its log says what" })),
          )
        }),
      )
    }),
  ),
)
