import { type BadField, badFields, type BadRequest } from "@signalflow/domain/api/Access"
import { Contract, InternalServerError } from "@signalflow/domain/api/Contract"
import { Effect, Layer, Result, type Schema, SchemaAST } from "effect"
import { HttpServerRequest } from "effect/http"
import type { HttpApiEndpoint } from "effect/http-api"
import { HttpApiError } from "effect/http-api"
import type { unhandled } from "effect/Types"
import { fieldsOf } from "./BadFields.ts"
import { parametersOf, unknownKeys } from "./QueryNames.ts"

interface Names {
  readonly query: ReadonlyArray<string>
  /** The keys of a JSON body; null: the route reads none. */
  readonly payload: ReadonlyArray<string> | null
}

const known = new WeakMap<HttpApiEndpoint.Top, Names>()

const keysOf = (schema: Schema.Top | undefined): ReadonlyArray<string> => {
  const ast = schema === undefined ? undefined : SchemaAST.toEncoded(schema.ast)
  return ast !== undefined && SchemaAST.isObjects(ast) ? ast.propertySignatures.map(({ name }) => String(name)) : []
}

const namesOf = (endpoint: HttpApiEndpoint.Top): Names => {
  const before = known.get(endpoint)
  if (before !== undefined) return before
  const payloads = [...endpoint.payload.values()].flatMap(({ schemas }) => schemas)
  const names = { query: keysOf(endpoint.query), payload: payloads.length === 0 ? null : payloads.flatMap(keysOf) }
  known.set(endpoint, names)
  return names
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Keys that nothing reads, and a body where none is read: a filter written in the wrong place must not pass for none. */
const unread = (text: string, { query, payload }: Names): ReadonlyArray<BadField> => {
  if (payload === null && query.length === 0) return []
  const body = parse(text)
  const found = typeof body === "object" && body !== null && !Array.isArray(body) ? Object.keys(body) : undefined
  if (payload !== null) return unknownKeys(found ?? [], payload, ["payload"], "the body")
  if (text.trim() === "" || found?.length === 0) return []
  return [{ path: ["payload"], message: "this route reads no body: leave it out, and write parameters in the query" }]
}

/** Refuses what the contract does not know. */
export const layer = Layer.succeed(
  Contract,
  Contract.of((app, { endpoint }) =>
    Effect.gen(function* () {
      const names = namesOf(endpoint)
      const request = yield* HttpServerRequest.HttpServerRequest
      const parameters = parametersOf(request.url, names.query)
      if (Result.isFailure(parameters)) return yield* parameters.failure
      if (request.method === "POST") {
        const bad = unread(yield* Effect.orDie(request.text), names)
        if (bad.length > 0) return yield* badFields(bad)
      }
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
