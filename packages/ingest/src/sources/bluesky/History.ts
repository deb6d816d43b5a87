import { BUCKET, bucketOf } from "@signalflow/domain/Time"
import { Clock, Effect, Option, Schema, Stream } from "effect"
import { Harvest } from "../../convert/Converted.ts"
import { type SourceBatch, SourceError } from "../../SourceAdapter.ts"
import { type Frame, parseFrame } from "./Frame.ts"
import { V1_LOOKBACK_US } from "./Gap.ts"
import { rawOf } from "./Live.ts"
import { convertFrame, type Observation, POSTS, type Selection } from "./Convert.ts"
import { connect, type Wire } from "./Client.ts"

/** Posts that a whole history may hold, and how far it may run ahead of an even share of them. */
const BUDGET = 40_000
const SLACK = 2_000
/** Posts that every bucket may give whatever was spent before, and the time that reading one may take. */
const LEAST = 50
const BUCKET_MS = 5_000
const BATCH = 500
const SILENCE = 5_000
const MOST_STALLS = 3
const HEADROOM_US = 300_000_000

/**
 * How far the history is loaded: [from, to) in unix milliseconds, `at` in unix microseconds.
 * `exposure` says which share 0–1 of each 15-minute bucket (key: its start, unix milliseconds) was read: a count of that bucket divided by it
 * estimates the whole. A bucket that is not named was not read.
 */
export const HistoryPosition = Schema.Struct({
  from: Schema.Int,
  to: Schema.Int,
  at: Schema.Int,
  kept: Schema.Int,
  exposure: Schema.Record(Schema.String, Schema.Finite),
})
export type HistoryPosition = typeof HistoryPosition.Type

const decodePosition = Schema.decodeUnknownOption(HistoryPosition)

const share = ({ from, to, at }: HistoryPosition) => (to <= from ? 1 : Math.min(1, Math.max(0, (at / 1_000 - from) / (to - from))))

export const historyProgress = (position: unknown): number | null =>
  Option.match(decodePosition(position), { onNone: () => 0, onSome: (at) => (at.at >= at.to * 1_000 ? null : share(at)) })

/** Adds the time from `fromUs` to `toUs` to the exposure of the buckets that it touches. */
export const expose = (exposure: Record<string, number>, fromUs: number, toUs: number): void => {
  for (let bucket = bucketOf(Math.floor(fromUs / 1_000)); bucket * 1_000 < toUs; bucket += BUCKET) {
    const overlap = Math.min(toUs, (bucket + BUCKET) * 1_000) - Math.max(fromUs, bucket * 1_000)
    exposure[bucket] = Math.min(1, (exposure[bucket] ?? 0) + overlap / (BUCKET * 1_000))
  }
}

export interface HistoryOptions extends Wire {
  readonly selection: Selection
  readonly runId: string
  readonly hours: number
  readonly position: unknown
  /** Where the live feed began: unix milliseconds. */
  readonly until: number
  /** Positions at which a connection fell silent, and how often. */
  readonly stalls: Map<number, number>
}

/** Reads forward through the retained stream. While the budget lasts all of it, on one connection; ahead of it, from each bucket a part and then the next. */
class Reader {
  readonly #options: HistoryOptions
  readonly #from: number
  readonly #to: number
  readonly #exposure: Record<string, number>
  readonly #observation: Observation
  #at: number
  #kept: number
  #bucket = 0
  #keptInBucket = 0
  #bucketBegun = 0
  #clamped = false
  done = false

  constructor(options: HistoryOptions, position: HistoryPosition) {
    this.#options = options
    this.#from = position.from
    this.#to = position.to
    this.#exposure = { ...position.exposure }
    this.#at = position.at
    this.#kept = position.kept
    this.#observation = { mode: "backfill", runId: options.runId }
  }

  get at(): number {
    return this.#at
  }

  position(): HistoryPosition {
    return { from: this.#from, to: this.#to, at: this.#at, kept: this.#kept, exposure: { ...this.#exposure } }
  }

  /** Makes one batch; `jump` = enough of this bucket, go on with the next by a new connection. */
  read(texts: ReadonlyArray<string>, now: number): { readonly batch: SourceBatch; readonly jump: boolean } {
    const harvest = new Harvest()
    let jump = false
    for (const text of texts) {
      const frame = parseFrame(text)
      if (frame._tag === "Info") {
        this.#clamped = frame.name === "OutdatedCursor"
        continue
      }
      if (frame._tag === "Error") break
      if (!("timeUs" in frame)) {
        harvest.add(convertFrame(frame, this.#options.selection, this.#observation))
        continue
      }
      if (frame.timeUs >= this.#to * 1_000) {
        this.#advance(this.#to * 1_000, now)
        this.done = true
        break
      }
      this.#advance(frame.timeUs, now)
      this.#keep(frame, text, harvest)
      if (this.#enough(now)) {
        this.#at = (this.#bucket + BUCKET) * 1_000
        jump = true
        this.done = this.#at >= this.#to * 1_000
        break
      }
    }
    const position = this.position()
    return { batch: { ...harvest, cursor: position, readUntil: null, progress: share(position) }, jump: jump || this.done }
  }

  /** The host keeps nothing before this time. */
  skipTo(timeUs: number): void {
    this.#at = Math.max(this.#at, timeUs)
  }

  /** The stream has nothing more. */
  finish(complete: boolean): SourceBatch {
    if (complete) expose(this.#exposure, this.#at, this.#to * 1_000)
    this.#at = this.#to * 1_000
    this.done = true
    return { events: [], received: 0, dropped: {}, cursor: this.position(), readUntil: null, progress: 1 }
  }

  #advance(timeUs: number, now: number): void {
    if (this.#clamped) this.#at = Math.max(this.#at, timeUs)
    this.#clamped = false
    if (timeUs <= this.#at) return
    expose(this.#exposure, this.#at, timeUs)
    this.#at = timeUs
    const bucket = bucketOf(Math.floor(timeUs / 1_000))
    if (bucket === this.#bucket) return
    this.#bucket = bucket
    this.#keptInBucket = 0
    this.#bucketBegun = now
  }

  #keep(frame: Frame, text: string, harvest: Harvest): void {
    const converted = convertFrame(frame, this.#options.selection, this.#observation)
    harvest.add(converted, converted._tag === "Event" ? rawOf(frame, text, this.#observation) : undefined)
    if (converted._tag === "Drop") return
    this.#kept++
    this.#keptInBucket++
  }

  #enough(now: number): boolean {
    const rest = (this.#bucket + BUCKET) * 1_000 - this.#at
    if (this.#bucket === 0 || rest < BUCKET * 100) return false
    const pace = BUDGET * share(this.position()) + SLACK
    return (this.#kept > pace && this.#keptInBucket >= LEAST) || now - this.#bucketBegun > BUCKET_MS
  }
}

/** Loads the posts of the last `hours`, as far as the host keeps them, up to where the live feed began. */
export const history = (options: HistoryOptions): Stream.Stream<SourceBatch, SourceError> =>
  Stream.suspend(() => {
    const { hosts, hours, until, stalls } = options
    const fresh = (): HistoryPosition => {
      const from = until - hours * 3_600_000
      return { from, to: until, at: from * 1_000, kept: 0, exposure: {} }
    }
    const reader = new Reader(options, Option.getOrElse(decodePosition(options.position), fresh))

    /** One connection, until there is enough of a bucket, the end is reached or the stream falls silent. */
    const connection = Effect.map(Clock.currentTimeMillis, (now) => {
      const endpoint = hosts.current
      if (endpoint.protocol === "v1") reader.skipTo(now * 1_000 - V1_LOOKBACK_US + HEADROOM_US)
      let jumped = false
      const batches = connect(options, endpoint, reader.at, [POSTS]).pipe(
        Stream.timeout(SILENCE),
        Stream.mapEffect((texts) => Effect.map(Clock.currentTimeMillis, (now) => batchesOf(reader, texts, now))),
        Stream.takeUntil(({ jump }) => {
          jumped = jump
          return jump
        }),
        Stream.flatMap(({ batches }) => Stream.fromIterable(batches)),
      )
      const silent = Stream.suspend(() => {
        if (jumped) return Stream.empty
        const times = (stalls.get(reader.at) ?? 0) + 1
        stalls.set(reader.at, times)
        const near = reader.position().to - reader.at / 1_000 < BUCKET
        if (near || times >= MOST_STALLS) return Stream.succeed(reader.finish(near))
        hosts.failed()
        return Stream.fail(new SourceError({ reason: "stalled", message: `silent for ${SILENCE / 1_000} s` }))
      })
      return Stream.concat(batches, silent)
    }).pipe(Stream.unwrap)

    return Stream.unfold(null, () => Effect.succeed(reader.done ? undefined : ([null, null] as const))).pipe(
      Stream.flatMap(() => connection),
    )
  })

const batchesOf = (reader: Reader, texts: ReadonlyArray<string>, now: number) => {
  const batches: Array<SourceBatch> = []
  for (let i = 0; i < texts.length; i += BATCH) {
    const { batch, jump } = reader.read(texts.slice(i, i + BATCH), now)
    batches.push(batch)
    if (jump) return { batches, jump }
  }
  return { batches, jump: false }
}
