import { Clock, Effect, Random, type Semaphore, Stream } from "effect"
import { Harvest } from "../../Converted.ts"
import { turnOf } from "../../PollPlan.ts"
import { rawRecord } from "../../Raw.ts"
import { emptyBatch, type SourceBatch, SourceError } from "../../SourceAdapter.ts"
import { convert, dateOf, nativeId, type Observation } from "./Convert.ts"
import { type FeedDocument, parseDocument } from "./Document.ts"
import { type Document, download, type Permits } from "./Download.ts"
import { type Known, moved, type Position, positionOf, stored } from "./Position.ts"
import { feedRaw } from "./Topic.ts"

/** A batch holds at most 500 events; of a longer document the newest items are read. */
const MOST_ITEMS = 500
const UNDATED = 0

const newest = (document: FeedDocument): FeedDocument["entries"] => {
  if (document.entries.length <= MOST_ITEMS) return document.entries
  const dated = document.entries.map((entry) => ({ entry, at: dateOf(entry.published) ?? Infinity }))
  return dated
    .sort((a, b) => (a.at === b.at ? 0 : b.at - a.at))
    .slice(0, MOST_ITEMS)
    .map(({ entry }) => entry)
}

/** What a document says that was not known before. */
export const harvested = (document: FeedDocument, before: Position | null, observation: Observation) => {
  const harvest = new Harvest()
  const now = new Map<string, Known>()
  const entries = newest(document)
  for (let i = entries.length; i < document.entries.length; i++) {
    harvest.received++
    harvest.drop("too-many")
  }
  const add = (entry: FeedDocument["entries"][number]): string | null => {
    const id = nativeId(observation.target, entry)
    if (id === null) return "no-id"
    if (now.has(id)) return "duplicate"
    const known = before?.seen.get(id)
    const date = dateOf(entry.published)
    // Without a date an item is as old as its first sight; at the very first there is no telling, and a hundred old posts are no burst of today.
    const future = date !== null && date > observation.observedAt
    const publishedAt =
      date === null || future ? (known?.publishedAt ?? (before === null && !future ? UNDATED : observation.observedAt)) : date
    const mode = known !== undefined ? "refresh" : before === null ? "backfill" : "new"
    const made = convert(id, entry, document, { publishedAt, mode }, observation)
    if (made === "no-text") return made
    now.set(id, { version: made.version, publishedAt })
    if (publishedAt === UNDATED) return "undated"
    if (known?.version === made.version) return "unchanged"
    const { observedAt: emittedAt } = observation
    const metadata = { feed: observation.target }
    const raw = { topic: feedRaw, key: id, entityType: "item", source: "feed", mode, emittedAt, payload: entry.source, metadata } as const
    harvest.add({ _tag: "Event", event: { _tag: "Observed", signal: made.signal } }, rawRecord(raw))
    return null
  }
  for (const entry of entries) {
    const reason = add(entry)
    if (reason !== null) harvest.add({ _tag: "Drop", reason })
  }
  return { harvest, now }
}

export interface Watch {
  readonly url: URL
  readonly target: string
  readonly everyMs: number
  readonly runId: string
  readonly permits: Permits
  /** Downloads at a time, over all feeds. */
  readonly slots: Semaphore.Semaphore
}

const read = (document: Document, before: Position | null, watch: Watch, observedAt: number): readonly [SourceBatch, Position] => {
  const parsed = parseDocument(document.text, watch.url.host)
  const observation = { target: watch.target, url: document.url, observedAt, runId: watch.runId }
  const { harvest, now } = harvested(parsed, before, observation)
  const { events, raw, received, dropped } = harvest
  const after = moved(before, document, now)
  return [{ events, raw, received, dropped, cursor: stored(after), readUntil: observedAt }, after]
}

/** An answer that will be the same tomorrow is not asked for more often than a good one. */
const notSooner = (everyMs: number) => (error: SourceError) => {
  if (error.reason === "unavailable" || error.reason === "timeout") return error
  const { reason, message, status, retryAfterMs } = error
  return new SourceError({
    reason,
    message,
    ...(status === undefined ? {} : { status }),
    retryAfterMs: Math.max(everyMs, retryAfterMs ?? 0),
  })
}

/** Reads a feed for ever. One document is one batch, so that its validators are stored with what it said. */
export const poll = (watch: Watch, position: unknown): Stream.Stream<SourceBatch, SourceError> => {
  const look = Effect.fnUntraced(function* (before: Position | null) {
    const observedAt = yield* Clock.currentTimeMillis
    const document = yield* watch.slots.withPermits(1)(download(watch.url, before ?? { etag: null, lastModified: null }, watch.permits))
    if (document === null) return [{ ...emptyBatch, readUntil: observedAt }, before] as const
    return yield* Effect.try({ try: () => read(document, before, watch, observedAt), catch: (error) => error as SourceError })
  })
  const first = { before: positionOf(position), rested: true }
  return Stream.unfold(first, ({ before, rested }) =>
    Effect.gen(function* () {
      if (!rested) yield* Effect.sleep(turnOf(watch.everyMs, yield* Random.next))
      const [batch, after] = yield* Effect.mapError(look(before), notSooner(watch.everyMs))
      return [batch, { before: after, rested: false }] as const
    }),
  )
}
