import { Effect } from "effect"
import type { LivePosition } from "@signalflow/domain/live/LivePosition"
import { type Frame, gap, position, type Wants } from "./Frames.ts"

/** Bytes that may wait for a client; past it the client is skipped. */
export const BACKLOG_LIMIT = 256 * 1024

/** Frames of history that are looked at before other work gets its turn, and how many of such steps one turn has. */
const STEP = 50
const STEPS = 5

/** The way to one client. */
export interface Wire {
  /** A frame of the feed. */
  readonly send: (frame: Frame) => void
  /** A frame for this client alone. */
  readonly control: (json: string) => void
  /** Lets all that `write` sends leave together. */
  readonly together: (write: () => void) => void
  /** Bytes that have not left yet. */
  readonly backlog: () => number
  /** Runs `then` once, when what waits now has left. */
  readonly whenDrained: (then: () => void) => void
  readonly ping: () => void
}

interface Options {
  readonly wire: Wire
  /** Whose it is. */
  readonly who: string
  readonly wants: Wants
  readonly at: LivePosition
  readonly onSkip?: (frames: number) => void
}

/** One client's place in the feed: what it wants, what it has been sent, and what it has to be told that it missed. */
export class Subscription {
  readonly wire: Wire
  readonly who: string
  wants: Wants
  epoch: string
  /** Everything up to here was sent, skipped and noted, or not wanted. */
  last: number
  /** When it may be sent history again, in unix milliseconds. */
  resumesAt = 0
  #missed: { from: number; to: number } | undefined
  readonly #onSkip: (frames: number) => void

  constructor({ wire, who, wants, at, onSkip = () => {} }: Options) {
    this.wire = wire
    this.who = who
    this.wants = wants
    this.epoch = at.epoch
    this.last = at.offset
    this.#onSkip = onSkip
  }

  /** Never waits: the others must not. */
  deliver(frames: ReadonlyArray<Frame>): void {
    let skipped = 0
    this.wire.together(() => {
      for (const frame of frames) if (!this.#take(frame)) skipped += 1
    })
    if (skipped > 0) this.#onSkip(skipped)
  }

  /** Waits until no more than a little waits for the client. */
  readonly drained: Effect.Effect<void> = Effect.suspend(() =>
    this.#isBehind() ? Effect.callback<void>((resume) => this.wire.whenDrained(() => resume(Effect.void))) : Effect.void,
  )

  /** One turn of catching up: sends from `start` on until the turn is over or the client has enough to read. Says where it stopped. */
  readonly catchUp = (frames: ReadonlyArray<Frame>, start: number): Effect.Effect<number> =>
    Effect.gen({ self: this }, function* () {
      let at = start
      for (let step = 0; step < STEPS && at < frames.length && (step === 0 || !this.#isBehind()); step++) {
        const end = Math.min(frames.length, at + STEP)
        this.wire.together(() => {
          while (at < end && !this.#isBehind()) this.#take(frames[at++]!)
        })
        yield* Effect.yieldNow
      }
      return at
    })

  /** Says that `from` to `to` will not come. */
  miss(from: number, to: number): void {
    this.last = Math.max(this.last, to)
    if (this.#missed === undefined) this.wire.control(gap(this.epoch, from, to))
    else this.#missed.to = Math.max(this.#missed.to, to)
  }

  /** Another epoch is another history: offsets begin anew, and what was before it, or in it up to `last`, was never seen. */
  begin(epoch: string, last: number): void {
    this.epoch = epoch
    this.last = last
    this.#missed = undefined
    this.wire.control(gap(epoch, 1, last))
  }

  /** Says where the feed stands for this client, unless it is behind. */
  tell(): void {
    if (this.#missed === undefined && !this.#isBehind()) this.wire.control(position({ epoch: this.epoch, offset: this.last }))
  }

  #isBehind(): boolean {
    return this.wire.backlog() > BACKLOG_LIMIT
  }

  /** False: the client does not read, and will be told. */
  #take(frame: Frame): boolean {
    if (frame.epoch !== this.epoch) this.begin(frame.epoch, frame.offset - 1)
    if (frame.offset <= this.last) return true
    this.last = frame.offset
    if (!this.wants(frame.item)) return true
    if (this.#missed !== undefined || this.#isBehind()) {
      this.#skip(frame.offset)
      return false
    }
    this.wire.send(frame)
    return true
  }

  #skip(offset: number): void {
    if (this.#missed !== undefined) {
      this.#missed.to = offset
      return
    }
    this.#missed = { from: offset, to: offset }
    this.wire.whenDrained(() => {
      const missed = this.#missed
      this.#missed = undefined
      if (missed !== undefined) this.wire.control(gap(this.epoch, missed.from, missed.to))
    })
  }
}
