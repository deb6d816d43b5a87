import { hackerNewsRaw } from "./Topic.ts"
import { Clock, Effect, Result, Schedule, Schema, SchemaGetter } from "effect"
import type { HttpClient } from "effect/http"
import { Harvest, type Observation } from "../../convert/Converted.ts"
import { rawRecord } from "../../convert/RawRecord.ts"
import { SourceError } from "../../SourceAdapter.ts"
import { getJson } from "../../upstream/Upstream.ts"
import { convertItem } from "./Convert.ts"

const PARALLEL = 20
const ITEM_BYTES = 1_000_000
/** A single answer that failed is asked for twice more at once, before it counts as a hole. */
const hiccup = Schedule.exponential("250 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 2 }))
const isHiccup = ({ reason }: SourceError) => reason === "unavailable" || reason === "malformed"

const Id = Schema.Int.check(Schema.isGreaterThan(0))
const isId = Schema.is(Id)
/** What is no id is left out; a list of nothing else is no list of ids. */
const Ids = Schema.Array(Schema.Unknown).pipe(
  Schema.decodeTo(Schema.Array(Id), {
    decode: SchemaGetter.transform((list: ReadonlyArray<unknown>) =>
      list.some(isId) ? list.filter(isId) : (list as ReadonlyArray<number>),
    ),
    encode: SchemaGetter.transform((list: ReadonlyArray<number>): ReadonlyArray<unknown> => list),
  }),
)
const Updates = Schema.Struct({ items: Ids })

const decoded =
  <A>(url: string, decode: (body: unknown) => { readonly _tag: "Some"; readonly value: A } | { readonly _tag: "None" }) =>
  (body: unknown) => {
    const option = decode(body)
    return option._tag === "Some"
      ? Effect.succeed(option.value)
      : Effect.fail(new SourceError({ reason: "malformed", message: `${url} sent something else than was asked` }))
  }
const decodeId = Schema.decodeUnknownOption(Schema.Int.check(Schema.isGreaterThan(0)))
const decodeIds = Schema.decodeUnknownOption(Ids)
const decodeUpdates = Schema.decodeUnknownOption(Updates)

/** What became of a set of ids. */
export interface Fetched {
  readonly harvest: Harvest
  /** Ids that were answered with nothing, with an error or with something that is not their item: to be asked for again. */
  readonly holes: ReadonlyArray<number>
}

/** Whether an answer is the item that was asked for, well-formed or not. */
const isItem = (body: unknown, id: number): boolean => (body as { readonly id?: unknown } | null)?.id === id

export type ListName = "topstories" | "newstories" | "beststories"

/** The Firebase API of Hacker News. */
export interface Firebase {
  readonly maxItem: Effect.Effect<number, SourceError>
  readonly changedItems: Effect.Effect<ReadonlyArray<number>, SourceError>
  readonly list: (name: ListName) => Effect.Effect<ReadonlyArray<number>, SourceError>
  /** Reads items side by side. Fails only when the upstream gives nothing at all; a single item that fails is a hole. */
  readonly items: (ids: ReadonlyArray<number>, observation: Omit<Observation, "observedAt">) => Effect.Effect<Fetched, SourceError>
}

export const make = (client: HttpClient.HttpClient, baseUrl: string): Firebase => {
  const at = (path: string) => `${baseUrl}/v0/${path}.json`

  const item = (id: number) => {
    const ask = Effect.flatMap(Clock.currentTimeMillis, (observedAt) =>
      Effect.map(getJson(client, at(`item/${id}`), { maxBytes: ITEM_BYTES }), (body) => ({ body, observedAt })),
    )
    return Effect.map(Effect.result(Effect.retry(ask, { schedule: hiccup, while: isHiccup })), (result) => ({ id, result }))
  }

  const items: Firebase["items"] = Effect.fnUntraced(function* (ids, how) {
    const answers = yield* Effect.forEach(ids, item, { concurrency: PARALLEL })
    const harvest = new Harvest()
    const holes: Array<number> = []
    let failure: SourceError | null = null
    let answered = 0
    for (const { id, result } of answers) {
      if (Result.isFailure(result)) {
        if (result.failure.reason === "too-large") {
          answered++
          harvest.received++
          harvest.drop("too-large")
        } else {
          if (result.failure.reason === "malformed") answered++
          failure = result.failure
          holes.push(id)
        }
      } else {
        answered++
        const { body, observedAt } = result.success
        if (!isItem(body, id)) holes.push(id)
        else {
          const raw = {
            topic: hackerNewsRaw,
            key: String(id),
            entityType: "item",
            source: "hackernews",
            mode: how.mode,
            emittedAt: observedAt,
            payload: body,
          }
          harvest.add(convertItem(body, { ...how, observedAt }), rawRecord(raw))
        }
      }
    }
    if (answered === 0 && failure !== null) return yield* failure
    return { harvest, holes }
  })

  return {
    maxItem: Effect.flatMap(getJson(client, at("maxitem")), decoded("maxitem", decodeId)),
    changedItems: Effect.map(Effect.flatMap(getJson(client, at("updates")), decoded("updates", decodeUpdates)), ({ items }) => items),
    list: (name) => Effect.flatMap(getJson(client, at(name)), decoded(name, decodeIds)),
    items,
  }
}
