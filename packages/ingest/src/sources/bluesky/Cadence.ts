const SHORTEST_SILENCE = 30_000
export const LONGEST_SILENCE = 300_000

/** Mean time between frames, for a watchdog that knows how busy the stream is. Milliseconds. */
export class Cadence {
  readonly #unknown: number
  #gap: number | null = null
  #at: number | null = null

  /** `unknown`: the limit while no mean is known. */
  constructor(unknown = LONGEST_SILENCE / 5) {
    this.#unknown = unknown
  }

  heard(frames: number, now: number): void {
    if (this.#at !== null && frames > 0) {
      const gap = (now - this.#at) / frames
      this.#gap = this.#gap === null ? gap : this.#gap * 0.9 + gap * 0.1
    }
    this.#at = now
  }

  /** Silence longer than this is no pause: ten mean gaps, from 30 s to 5 minutes. */
  get limit(): number {
    const expected = this.#gap === null ? this.#unknown : this.#gap * 10
    return Math.min(LONGEST_SILENCE, Math.max(SHORTEST_SILENCE, expected))
  }
}
