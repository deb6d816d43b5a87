import { Effect } from "effect"
import { type Frame, gap, position, type Wants } from "./Frames.ts"

/** Bytes that may wait for a client; past it the client is skipped. */
export const BACKLOG_LIMIT = 256 * 1024

/** The way to one client. */
export interface Wire {
  /** A frame of the feed. */
  readonly send: (frame: Frame) => void
  /** A frame for this client alone. */
  readonly control: (json: string) => void
  /** Bytes that have not left yet. */
  readonly backlog: () => number
  /** Runs `then` once, when what waits now has left. */
  readonly whenDrained: (then: () => void) => void
  readonly ping: () => void
}

/** One client's place in the feed: what it wants, what it has been sent, and what it has to be told that it missed. */
export class Subscription {
  readonly wire: Wire
  wants: Wants
  epoch: string
  /** Everything up to here was sent, skipped and noted, or not wanted. */
  last: number
  #missed: { from: number; to: number } | undefined
  readonly #onSkip: (frames: number) => void

  constructor(wire: Wire, wants: Wants, epoch: string, last: number, onSkip: (frames: number) => void = () => {}) {
    this.wire = wire
    this.wants = wants
    this.epoch = epoch
    this.last = last
    this.#onSkip = onSkip
  }

  /** Never waits: the others must not. */
  deliver(frames: ReadonlyArray<Frame>): void {
    let skipped = 0
    for (const frame of frames) {
      if (frame.epoch !== this.epoch) this.begin(frame.epoch, frame.offset - 1)
      if (frame.offset <= this.last) continue
      this.last = frame.offset
      if (!this.wants(frame.item)) continue
      if (this.#missed !== undefined || this.wire.backlog() > BACKLOG_LIMIT) {
        this.#skip(frame.offset)
        skipped += 1
      } else this.wire.send(frame)
    }
    if (skipped > 0) this.#onSkip(skipped)
  }

  /** The same for one who catches up: waits for the client instead of skipping. */
  readonly catchUp = (frames: ReadonlyArray<Frame>): Effect.Effect<void> =>
    Effect.gen({ self: this }, function* () {
      for (const frame of frames) {
        if (frame.epoch === this.epoch && frame.offset <= this.last) continue
        if (this.wire.backlog() > BACKLOG_LIMIT) {
          yield* Effect.callback<void>((resume) => this.wire.whenDrained(() => resume(Effect.void)))
        }
        this.deliver([frame])
      }
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
    if (this.#missed === undefined && this.wire.backlog() <= BACKLOG_LIMIT)
      this.wire.control(position({ epoch: this.epoch, offset: this.last }))
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
