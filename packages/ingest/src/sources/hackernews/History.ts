import { Clock, Effect, Option, Schema, Stream } from "effect"
import type { HttpClient } from "effect/http"
import { Harvest } from "../../convert/Converted.ts"
import { rawRecord } from "../../convert/RawRecord.ts"
import { type SourceBatch, SourceError } from "../../SourceAdapter.ts"
import { getJson } from "../../upstream/Upstream.ts"
import { convertHit } from "./Hit.ts"
import { hackerNewsRaw } from "./Topic.ts"

const HOUR = 3_600
const OVERLAP = 600
/** The index never gives more hits than this for one query. */
const MOST_HITS = 1_000
const PAGE_BYTES = 4_000_000
const BATCH = 500

/** Unix seconds: everything in [at, to) is loaded, [from, at) is still to come; newest first. */
export const HistoryPosition = Schema.Struct({ from: Schema.Int, to: Schema.Int, at: Schema.Int })
export type HistoryPosition = typeof HistoryPosition.Type

const decodePosition = Schema.decodeUnknownOption(HistoryPosition)
const decodePage = Schema.decodeUnknownOption(Schema.Struct({ hits: Schema.Array(Schema.Unknown), nbHits: Schema.Int }))

const share = ({ from, to, at }: HistoryPosition) => (to <= from ? 1 : (to - at) / (to - from))

export const historyProgress = (position: unknown): number | null =>
  Option.match(decodePosition(position), { onNone: () => 0, onSome: (at) => (at.at <= at.from ? null : share(at)) })

interface Slice {
  readonly from: number
  readonly to: number
}

/** Loads the last `hours` of stories and comments through the search index, in slices of time small enough for its cap. */
export const history = (
  client: HttpClient.HttpClient,
  baseUrl: string,
  runId: string,
  hours: number,
  position: unknown,
): Stream.Stream<SourceBatch, SourceError> => {
  const page = Effect.fnUntraced(function* (slice: Slice) {
    const query = new URLSearchParams({
      tags: "(story,comment,job,poll)",
      numericFilters: `created_at_i>=${slice.from},created_at_i<${slice.to}`,
      hitsPerPage: String(MOST_HITS),
      attributesToHighlight: "",
    })
    const url = `${baseUrl}/api/v1/search_by_date?${query}`
    const body = decodePage(yield* getJson(client, url, { maxBytes: PAGE_BYTES, timeoutMs: 30_000 }))
    if (Option.isSome(body)) return body.value
    return yield* new SourceError({ reason: "malformed", message: "the search index sent something else than a page of hits" })
  })

  /** The hits of a slice, or null when it holds more than one answer can. */
  const hitsOf = (slice: Slice) => {
    const divisible = slice.to - slice.from > 1
    return page(slice).pipe(
      Effect.map(({ hits, nbHits }) => (divisible && (nbHits > MOST_HITS || nbHits > hits.length) ? null : hits)),
      Effect.catchIf(
        (error) => error.reason === "too-large" && divisible,
        () => Effect.succeed(null),
      ),
    )
  }

  return Stream.unwrap(
    Effect.gen(function* () {
      const now = Math.floor((yield* Clock.currentTimeMillis) / 1_000)
      const start = Option.getOrElse(decodePosition(position), (): HistoryPosition => ({ from: now - hours * HOUR, to: now, at: now }))
      // Read last: what the index did not hold yet when the newest slice was read, up to where the walk began.
      const slices: Array<Slice> = [{ from: start.to - OVERLAP, to: start.to + OVERLAP }]
      for (let from = start.from; from < start.at; from += HOUR) slices.push({ from, to: Math.min(from + HOUR, start.at) })
      const ready: Array<SourceBatch> = []

      const read = Effect.gen(function* () {
        while (ready.length === 0) {
          const slice = slices.pop()!
          const observedAt = yield* Clock.currentTimeMillis
          const hits = yield* hitsOf(slice)
          if (hits === null) {
            const middle = Math.floor((slice.from + slice.to) / 2)
            slices.push({ from: slice.from, to: middle }, { from: middle, to: slice.to })
          } else
            ready.push(
              ...batchesOf(
                hits,
                {
                  ...start,
                  at: slices.length === 0 ? start.from : slice.from > start.from ? Math.min(slice.from, start.at) : start.from + 1,
                },
                observedAt,
                runId,
              ),
            )
        }
        return ready.shift()!
      })
      return Stream.unfold(null, () =>
        slices.length === 0 && ready.length === 0 ? Effect.succeed(undefined) : Effect.map(read, (batch) => [batch, null] as const),
      )
    }),
  )
}

/** The cursor moves with the last batch of a slice. */
const batchesOf = (hits: ReadonlyArray<unknown>, done: HistoryPosition, observedAt: number, runId: string): Array<SourceBatch> => {
  const batches: Array<SourceBatch> = []
  for (let i = 0; i === 0 || i < hits.length; i += BATCH) {
    const harvest = new Harvest()
    for (const hit of hits.slice(i, i + BATCH)) {
      const key = String((hit as { objectID?: unknown } | null)?.objectID)
      const raw = {
        topic: hackerNewsRaw,
        key,
        entityType: "search_hit",
        source: "hackernews",
        mode: "backfill",
        emittedAt: observedAt,
        payload: hit,
      } as const
      harvest.add(convertHit(hit, { observedAt, mode: "backfill", runId }), rawRecord(raw))
    }
    const last = i + BATCH >= hits.length
    batches.push({ ...harvest, cursor: last ? done : null, readUntil: null, ...(last ? { progress: share(done) } : {}) })
  }
  return batches
}
