import { Clock, Effect, Option, Schema, Stream } from "effect"
import type { NamedAuthor } from "../../stores/AuthorNames.ts"
import { type Converted, drop, event, Harvest } from "../../convert/Converted.ts"
import { rawRecord } from "../../convert/RawRecord.ts"
import { type SourceBatch, SourceError } from "../../SourceAdapter.ts"
import type { Cadence } from "./Cadence.ts"
import { Engagement, ENGAGEMENT } from "./Engagement.ts"
import { readFacets } from "./Facets.ts"
import { type Frame, parseFrame } from "./Frame.ts"
import { clampOf, speech } from "./Gap.ts"
import type { Endpoint } from "./Hosts.ts"
import { convertFrame, type Observation, POSTS, type Selection } from "./Convert.ts"
import type { Recent } from "./Recent.ts"
import { connect, CURSOR_TOO_OLD, watched, type Wire } from "./Client.ts"
import { blueskyRaw } from "./Topic.ts"

const REWIND_US = 5_000_000
/** A cursor that no event moved is stored at most so often. */
const IDLE_CURSOR_EVERY = 1_000
/** With counts in it the cursor is large. */
const COUNTED_CURSOR_EVERY = 10_000
const BATCH = 500

/** A seq counts on one host only; the time it was witnessed is good on every host. `engagement` is what had been counted up to there. */
export const LivePosition = Schema.Struct({
  host: Schema.String,
  seq: Schema.NullOr(Schema.Int),
  timeUs: Schema.Int,
  engagement: Schema.optionalKey(Schema.Unknown),
})
export type LivePosition = typeof LivePosition.Type

const decodePosition = Schema.decodeUnknownOption(LivePosition)

/** Where to begin on an endpoint: right after the last event on the same host, five seconds before its time on another. */
export const cursorFor = (position: LivePosition, endpoint: Endpoint): number => {
  if (endpoint.protocol === "v2" && position.seq !== null && position.host === endpoint.host) return position.seq + 1
  return position.timeUs - REWIND_US
}

const identity = (frame: Frame): string | null => {
  if (frame._tag === "Commit") return `${frame.did}/${frame.collection}/${frame.rkey}/${frame.operation}/${frame.cid}`
  return frame._tag === "Account" ? `${frame.did}/${frame.active}/${frame.status}/${Math.floor(frame.timeUs / 60_000_000)}` : null
}

/** What a frame says of an author's name: a handle, or that an account is gone. */
const nameIn = (frame: Frame): NamedAuthor | null => {
  if (frame._tag === "Identity") return { author: frame.did, name: frame.handle, at: Math.floor(frame.timeUs / 1_000) }
  if (frame._tag !== "Account" || frame.active) return null
  return { author: frame.did, name: null, at: Math.floor(frame.timeUs / 1_000) }
}

export const rawOf = (frame: Frame, text: string, observation: Observation) => {
  if (frame._tag !== "Commit" || frame.collection !== POSTS) return undefined
  return rawRecord({
    topic: blueskyRaw,
    key: `${frame.did}/${frame.rkey}`,
    entityType: "jetstream_commit",
    source: "bluesky",
    mode: observation.mode,
    emittedAt: Math.floor(frame.timeUs / 1_000),
    get payload() {
      return JSON.parse(text) as unknown
    },
    get metadata() {
      return { ...readFacets((frame.record as { readonly facets?: unknown } | null | undefined)?.facets) }
    },
  })
}

export interface LiveOptions extends Wire {
  readonly selection: Selection
  readonly runId: string
  readonly recent: Recent
  readonly cadence: Cadence
  readonly position: unknown
  /** Where a first start begins, unix microseconds. */
  readonly startUs: number
  /** Cursors that a host would not begin at, and why: they are not used again. */
  readonly refused: Map<number, "too-old" | "foreign">
  /** Mean time between posts, which likes do not hide. */
  readonly posts: Cadence
  /** Whether likes, reposts and replies are counted. */
  readonly counting: boolean
}

/** Follows the stream from the stored position. One connection; `Ingestion` begins it again, on the next host when this one failed. */
export const live = (options: LiveOptions): Stream.Stream<SourceBatch, SourceError> =>
  Stream.suspend(() => {
    const { hosts, recent, cadence, selection, refused } = options
    const endpoint = hosts.current
    const first: LivePosition = { host: endpoint.host, seq: null, timeUs: options.startUs }
    const position = Option.getOrElse(decodePosition(options.position), () => first)
    const observation: Observation = { mode: "new", runId: options.runId }
    const wanted = cursorFor(position, endpoint)
    const refusal = refused.get(wanted)
    const cursor = refusal !== undefined ? position.timeUs - REWIND_US : wanted
    const engagement = options.counting ? Engagement.from(position.engagement, options.runId) : null
    let at: LivePosition = { host: position.host, seq: position.seq, timeUs: position.timeUs }
    let gap = refusal === "too-old" ? "the host keeps less than was missed; begun again from the oldest that it keeps" : undefined
    let notice: string | undefined
    let begun = false
    let openedAt = 0
    let postedAt = 0
    let posts = 0
    /** The host did nothing wrong: the next connection is to it. */
    let stays = false
    let storedAt = 0

    const noted = (frame: Frame, converted: Converted): Converted => {
      if (engagement === null || converted._tag !== "Event" || !("timeUs" in frame)) return converted
      const created = frame._tag === "Commit" && frame.operation === "create"
      return event(engagement.note(converted.event, created, frame.timeUs))
    }

    const harvestOf = (texts: ReadonlyArray<string>) => {
      const harvest = new Harvest()
      const keys: Array<string> = []
      const inBatch = new Set<string>()
      const names: Array<NamedAuthor> = []
      let error: SourceError | undefined
      for (const text of texts) {
        const frame = parseFrame(text)
        if (frame._tag === "Info" || frame._tag === "Error") {
          const said = speech(frame, cursor)
          gap = said.gap ?? gap
          notice = said.notice ?? notice
          error = said.error
          if (said.foreign === true) refused.set(cursor, "foreign")
          if (said.notice !== undefined) harvest.drop("too-slow")
          stays = said.foreign === true || said.notice !== undefined
          if (error !== undefined) break
          continue
        }
        if ("timeUs" in frame) {
          if (!begun && endpoint.protocol === "v1") gap = clampOf(cursor, frame.timeUs, openedAt * 1_000) ?? gap
          begun = true
          at = { host: endpoint.host, seq: frame.seq, timeUs: frame.timeUs }
        }
        const engaged = frame._tag === "Commit" ? engagement?.read(frame) : undefined
        if (engaged !== undefined && frame._tag === "Commit" && frame.collection !== POSTS) {
          harvest.add(drop(engaged))
          continue
        }
        if (frame._tag === "Commit") posts++
        const named = nameIn(frame)
        if (named !== null) names.push(named)
        const key = identity(frame)
        const converted = noted(frame, convertFrame(frame, selection, observation))
        if (key !== null && converted._tag === "Event") {
          if (recent.has(key) || inBatch.has(key)) {
            harvest.received++
            harvest.drop("seen")
          } else {
            inBatch.add(key)
            keys.push(key)
            harvest.add(converted, rawOf(frame, text, observation))
          }
        } else harvest.add(converted)
      }
      if (engagement !== null) harvest.events.push(...engagement.due(at.timeUs, BATCH - harvest.events.length))
      return { harvest, keys, names, error }
    }

    const batchOf = (
      texts: ReadonlyArray<string>,
      now: number,
    ): { readonly batch: SourceBatch; readonly error: SourceError | undefined } => {
      const { harvest, keys, names, error } = harvestOf(texts)
      const said = gap === undefined ? notice : `gap in the stream, ${gap}`
      if (gap !== undefined) harvest.drop("gap")
      gap = undefined
      notice = undefined
      const moves =
        engagement === null
          ? harvest.events.length > 0 || now - storedAt >= IDLE_CURSOR_EVERY
          : // The name of what was taken back leaves the stored cursor at once.
            now - storedAt >= COUNTED_CURSOR_EVERY || engagement.hasForgotten
      if (moves) storedAt = now
      const batch = {
        ...harvest,
        names,
        cursor: !moves ? null : engagement === null ? at : { ...at, engagement: engagement.toPosition() },
        readUntil: Math.floor(at.timeUs / 1_000),
        onAck: () => recent.add(keys),
        ...(said === undefined ? {} : { notice: said }),
      }
      return { batch, error }
    }

    const batches = (texts: ReadonlyArray<string>) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        hosts.worked()
        cadence.heard(texts.length, now)
        posts = 0
        const made: Array<SourceBatch> = []
        for (let i = 0; i < texts.length; i += BATCH) {
          const { batch, error } = batchOf(texts.slice(i, i + BATCH), now)
          made.push(batch)
          if (error !== undefined) {
            if (!stays) hosts.failed()
            return Stream.concat(Stream.fromIterable(made), Stream.fail(error))
          }
        }
        const stalled = options.counting ? silence(now) : null
        if (stalled === null) return Stream.fromIterable(made)
        hosts.failed()
        return Stream.concat(Stream.fromIterable(made), Stream.fail(stalled))
      }).pipe(Stream.unwrap)

    /** Likes keep a stream busy from which no posts come any more. */
    const silence = (now: number): SourceError | null => {
      if (posts > 0) {
        options.posts.heard(posts, now)
        postedAt = now
        return null
      }
      const quiet = now - Math.max(openedAt, postedAt)
      if (quiet <= options.posts.limit) return null
      return new SourceError({ reason: "stalled", message: `the stream goes on, but without posts for ${Math.round(quiet / 1_000)} s` })
    }

    const noteRefusal = (error: SourceError) =>
      Effect.sync(() => void (error.message.includes(CURSOR_TOO_OLD) && refused.set(cursor, "too-old")))
    const opening = Effect.map(Clock.currentTimeMillis, (now) => void (openedAt = now))
    return Stream.fromEffectDrain(opening).pipe(
      Stream.concat(connect(options, endpoint, cursor, options.counting ? [POSTS, ...ENGAGEMENT] : [POSTS])),
      Stream.tapError(noteRefusal),
      (frames) => watched(frames, hosts, () => cadence.limit),
      Stream.flatMap(batches),
    )
  })
