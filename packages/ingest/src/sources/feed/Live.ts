import { Clock, Effect, Random, type Semaphore, Stream } from "effect"
import { Harvest } from "../../convert/Converted.ts"
import { turnOf } from "../../PollPlan.ts"
import { rawRecord } from "../../convert/RawRecord.ts"
import { emptyBatch, type SourceBatch, SourceError } from "../../SourceAdapter.ts"
import { convert, type Observation, versionOf } from "./Convert.ts"
import type { Entry, FeedDocument } from "./Entry.ts"
import { type Document, download, type Permits } from "./Client.ts"
import { identities } from "./Identity.ts"
import { type Known, moved, type Position, positionOf, stored, validatorsAt } from "./Position.ts"
import type { Reader } from "./Reader.ts"
import { feedRaw } from "./Topic.ts"

/** Older than the watch, by no telling how much. */
const UNDATED = 0
/** Clocks differ; a date that is further ahead is meant. */
const SKEW = 10 * 60_000

/** What a document says that was not known before. */
export const harvested = (document: FeedDocument, before: Position | null, observation: Observation) => {
  const harvest = new Harvest()
  const now = new Map<string, Known>()
  const { observedAt } = observation
  const { entries } = document
  for (let i = 0; i < document.tooMany; i++) harvest.add({ _tag: "Drop", reason: "too-many" })
  const versions = entries.map((entry) => versionOf(entry, observation.url))
  const ids = identities(observation.target, entries, versions, before?.seen ?? null)
  let due: number | null = null
  /** When the nearest item above was published: without a date, what stands below it is no newer. */
  let above: number | null = null
  const timeOf = (entry: Entry, known: Known | undefined): number => {
    if (entry.at !== null && entry.at <= observedAt + SKEW) return Math.min(entry.at, observedAt)
    if (known !== undefined) return known.publishedAt
    // Without a date an item is as old as its first sight; at the very first there is no telling, and a hundred old posts are no burst of today.
    return before === null ? UNDATED : (above ?? observedAt)
  }
  const add = (entry: Entry, id: string | null, version: string): string | null => {
    if (id === null) return "no-id"
    if (now.has(id)) return "duplicate"
    const known = before?.seen.get(id)
    if (known === undefined && entry.at !== null && entry.at > observedAt + SKEW) {
      due = Math.min(due ?? entry.at, entry.at)
      return "future"
    }
    const publishedAt = timeOf(entry, known)
    if (entry.at !== null || known !== undefined) above = publishedAt
    const mode = known !== undefined ? "refresh" : before === null ? "backfill" : "new"
    const signal = convert(id, entry, document, { publishedAt, mode }, observation)
    if (signal === "no-text") return signal
    now.set(id, { version, publishedAt })
    if (publishedAt === UNDATED) return "undated"
    if (known?.version === version) return "unchanged"
    const metadata = { feed: observation.target }
    const raw = {
      topic: feedRaw,
      key: id,
      entityType: "item",
      source: "feed",
      mode,
      emittedAt: observedAt,
      payload: entry.source,
      metadata,
    } as const
    harvest.add({ _tag: "Event", event: { _tag: "Observed", signal } }, rawRecord(raw))
    return null
  }
  entries.forEach((entry, i) => {
    const reason = add(entry, ids[i]!, versions[i]!)
    if (reason !== null) harvest.add({ _tag: "Drop", reason })
  })
  return { harvest, now, due }
}

export interface Watch {
  readonly url: URL
  readonly target: string
  readonly everyMs: number
  readonly runId: string
  readonly permits: Permits
  /** Downloads at a time, over all feeds. */
  readonly slots: Semaphore.Semaphore
  readonly reader: Reader
}

const batchOf = (
  parsed: FeedDocument,
  document: Document,
  before: Position | null,
  watch: Watch,
  observedAt: number,
): readonly [SourceBatch, Position] => {
  const observation = { target: watch.target, url: document.url, observedAt, runId: watch.runId }
  const { harvest, now, due } = harvested(parsed, before, observation)
  const { events, raw, received, dropped } = harvest
  const after = moved(before, document, now, due)
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
    const document = yield* watch.slots.withPermits(1)(download(watch.url, validatorsAt(before, observedAt), watch.permits))
    if (document === null) return [{ ...emptyBatch, readUntil: observedAt }, before] as const
    const parsed = yield* watch.reader.read({ text: document.text, host: watch.url.host, url: document.url })
    return batchOf(parsed, document, before, watch, observedAt)
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
