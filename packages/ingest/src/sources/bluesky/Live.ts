import { Clock, Effect, Option, Schema, Stream } from "effect"
import { type Converted, drop, event, Harvest } from "../../Converted.ts"
import { rawRecord } from "../../Raw.ts"
import { type SourceBatch, SourceError } from "../../SourceAdapter.ts"
import { Engagement, ENGAGEMENT } from "./Engagement.ts"
import { type Frame, parseFrame } from "./Frame.ts"
import type { Endpoint } from "./Hosts.ts"
import { convertFrame, type Observation, POSTS, type Selection } from "./Post.ts"
import { connect, CURSOR_TOO_OLD, watched, type Wire } from "./Stream.ts"
import { blueskyRaw } from "./Topic.ts"

const REWIND_US = 5_000_000
/** A cursor that no event moved is stored at most so often. */
const IDLE_CURSOR_EVERY = 1_000
/** With counts and texts in it the cursor is large. */
const COUNTED_CURSOR_EVERY = 5_000
/** What v1 keeps; an older cursor it moves up without a word. */
export const V1_LOOKBACK_US = 36 * 3_600_000_000
const BATCH = 500
const MOST_RECENT = 20_000
const SHORTEST_SILENCE = 30_000
const LONGEST_SILENCE = 300_000

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

/** What was lately acknowledged, so that a rewind does not publish it twice; bounded, and never ahead of the acknowledgement. */
export class Recent {
  #now = new Set<string>()
  #before = new Set<string>()

  has(key: string): boolean {
    return this.#now.has(key) || this.#before.has(key)
  }

  add(keys: Iterable<string>): void {
    for (const key of keys) this.#now.add(key)
    if (this.#now.size > MOST_RECENT) {
      this.#before = this.#now
      this.#now = new Set()
    }
  }
}

/** Mean time between frames, for a watchdog that knows how busy the stream is. Milliseconds. */
export class Cadence {
  #gap: number | null = null
  #at: number | null = null

  heard(frames: number, now: number): void {
    if (this.#at !== null && frames > 0) {
      const gap = (now - this.#at) / frames
      this.#gap = this.#gap === null ? gap : this.#gap * 0.9 + gap * 0.1
    }
    this.#at = now
  }

  /** Silence longer than this is no pause: ten mean gaps, from 30 s to 5 minutes. */
  get limit(): number {
    const expected = this.#gap === null ? LONGEST_SILENCE / 5 : this.#gap * 10
    return Math.min(LONGEST_SILENCE, Math.max(SHORTEST_SILENCE, expected))
  }
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
  })
}

/** An error frame ends the connection; a notice about the cursor is a gap that people should hear of. */
const speech = (frame: Frame): { readonly error?: SourceError; readonly notice?: string } => {
  if (frame._tag === "Error")
    return { error: new SourceError({ reason: "unavailable", message: `the stream ended with ${frame.name}: ${frame.message}` }) }
  if (frame._tag === "Info" && frame.name.endsWith("Cursor")) return { notice: `${frame.name}: ${frame.message}` }
  return {}
}

export interface LiveOptions extends Wire {
  readonly selection: Selection
  readonly runId: string
  readonly recent: Recent
  readonly cadence: Cadence
  readonly position: unknown
  /** Where a first start begins, unix microseconds. */
  readonly startUs: number
  /** Cursors that a host refused as too old are not used again. */
  readonly refused: Set<number>
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
    const tooOld = refused.has(wanted)
    const cursor = tooOld ? position.timeUs - REWIND_US : wanted
    const engagement = options.counting ? Engagement.from(position.engagement) : null
    let at: LivePosition = { host: position.host, seq: position.seq, timeUs: position.timeUs }
    let gap = tooOld ? "the host keeps less than was missed; begun again from the oldest that it keeps" : undefined
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
      let error: SourceError | undefined
      for (const text of texts) {
        const frame = parseFrame(text)
        if (frame._tag === "Info" || frame._tag === "Error") {
          const said = speech(frame)
          gap = said.notice ?? gap
          error = said.error
          if (error !== undefined) break
          continue
        }
        if ("timeUs" in frame) at = { host: endpoint.host, seq: frame.seq, timeUs: frame.timeUs }
        const engaged = frame._tag === "Commit" ? engagement?.read(frame) : undefined
        if (engaged !== undefined && frame._tag === "Commit" && frame.collection !== POSTS) {
          harvest.add(drop(engaged))
          continue
        }
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
      return { harvest, keys, error }
    }

    const batchOf = (
      texts: ReadonlyArray<string>,
      now: number,
    ): { readonly batch: SourceBatch; readonly error: SourceError | undefined } => {
      const { harvest, keys, error } = harvestOf(texts)
      if (endpoint.protocol === "v1" && storedAt === 0 && now * 1_000 - cursor > V1_LOOKBACK_US)
        gap = "the stream was left for longer than its host keeps"
      const notice = gap === undefined ? {} : { notice: `gap in the stream, ${gap}` }
      if (gap !== undefined) harvest.drop("gap")
      gap = undefined
      const moves =
        engagement === null
          ? harvest.events.length > 0 || now - storedAt >= IDLE_CURSOR_EVERY
          : // A text that was taken back leaves the stored cursor at once.
            now - storedAt >= COUNTED_CURSOR_EVERY || harvest.events.some(({ _tag }) => _tag === "Removed")
      if (moves) storedAt = now
      const batch = {
        ...harvest,
        cursor: !moves ? null : engagement === null ? at : { ...at, engagement: engagement.toPosition() },
        readUntil: Math.floor(at.timeUs / 1_000),
        onAck: () => recent.add(keys),
        ...notice,
      }
      return { batch, error }
    }

    const batches = (texts: ReadonlyArray<string>) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        hosts.worked()
        cadence.heard(texts.length, now)
        const made: Array<SourceBatch> = []
        for (let i = 0; i < texts.length; i += BATCH) {
          const { batch, error } = batchOf(texts.slice(i, i + BATCH), now)
          made.push(batch)
          if (error !== undefined) {
            hosts.failed()
            return Stream.concat(Stream.fromIterable(made), Stream.fail(error))
          }
        }
        return Stream.fromIterable(made)
      }).pipe(Stream.unwrap)

    const noteRefusal = (error: SourceError) => Effect.sync(() => void (error.message.includes(CURSOR_TOO_OLD) && refused.add(cursor)))
    return connect(options, endpoint, cursor, options.counting ? [POSTS, ...ENGAGEMENT] : [POSTS]).pipe(
      Stream.tapError(noteRefusal),
      (frames) => watched(frames, hosts, () => cadence.limit),
      Stream.flatMap(batches),
    )
  })
