import type { SourceConfig, SourceHealth } from "@signalflow/domain/sources/Source"
import { Losses } from "./Losses.ts"
import type { Feed, SourceBatch } from "../SourceAdapter.ts"

interface FeedState {
  readonly feed: Feed
  /** Last batch, or the start of the feed. */
  heardAt: number
  answered: boolean
  failing: string | null
  off: boolean
  readonly losses: Losses
}

/** What is known of one target from the batches and failures of its feeds; `health` says it as it is at that moment. */
export class SourceTracker {
  readonly #config: SourceConfig
  readonly #feeds: Map<string, FeedState>
  #lastSuccess: number | null = null
  #readUntil: number | null = null
  #warmStart: number | null = null
  readonly #blocked = new Map<object, string>()
  #notice: { readonly text: string; readonly at: number } | null = null

  constructor(config: SourceConfig, feeds: ReadonlyArray<Feed>, now: number) {
    this.#config = config
    this.#feeds = new Map(
      feeds.map((feed) => [feed.name, { feed, heardAt: now, answered: false, failing: null, off: false, losses: new Losses() }]),
    )
  }

  received(feed: Feed, batch: SourceBatch, now: number): void {
    const state = this.#feeds.get(feed.name)!
    state.heardAt = now
    state.answered = true
    state.failing = null
    state.off = false
    state.losses.note(batch)
    this.#lastSuccess = now
    if (batch.notice !== undefined) this.#notice = { text: batch.notice, at: now }
  }

  /** The batch is durable. */
  delivered(feed: Feed, batch: SourceBatch): void {
    if (feed.name === "live" && batch.readUntil !== null) this.#readUntil = Math.max(this.#readUntil ?? 0, batch.readUntil)
    if (batch.progress !== undefined) this.#warmStart = batch.progress
  }

  /** `off`: the upstream has said that there is nothing to be had. */
  failed(feed: Feed, why: string, off = false): void {
    const state = this.#feeds.get(feed.name)!
    state.failing = why
    state.off = off
  }

  warmStart(share: number | null): void {
    this.#warmStart = share
  }

  finished(feed: Feed): void {
    this.#feeds.delete(feed.name)
    if (feed.name === "history") this.#warmStart = null
  }

  /** Why one of its feeds cannot hand anything on: the bus or the database does not take it. Null = it can again. */
  blocked(blocker: object, why: string | null): void {
    if (why === null) this.#blocked.delete(blocker)
    else this.#blocked.set(blocker, why)
  }

  health(now: number): SourceHealth {
    const off = this.#off()
    const why = off !== null && this.#blocked.size === 0 ? [off] : this.#problems(now)
    const notice = this.#notice !== null && now - this.#notice.at < NOTICE_SHOWN ? this.#notice.text : null
    return {
      platform: this.#config.platform,
      target: this.#config.target,
      state: off !== null ? "off" : why.length === 0 ? "live" : "degraded",
      why: why.length > 0 ? why.join("; ").slice(0, 500) : notice,
      lastSuccess: this.#lastSuccess,
      lagMs: this.#readUntil === null || off !== null ? null : Math.max(0, Math.round(now - this.#readUntil)),
      readUntil: this.#readUntil,
      quotaLeft: this.#quotaLeft(),
      warmStart: this.#warmStart,
      at: now,
    }
  }

  #off(): string | null {
    for (const { feed, off, failing } of this.#feeds.values()) if (feed.name === "live" && off) return failing
    return null
  }

  #quotaLeft(): number | null {
    const left = [...this.#feeds.values()].flatMap(({ feed }) => feed.quotaLeft?.() ?? [])
    return left.length === 0 ? null : Math.max(0, Math.floor(Math.min(...left)))
  }

  /** What its feeds fail to give although the upstream answers, or answered: everything is dropped, or nothing comes any more. Null = nothing of the kind. */
  trouble(now: number): string | null {
    const why = this.#off() === null ? [...this.#feeds.values()].flatMap((state) => this.#quiet(state, now) ?? []) : []
    return why.length === 0 ? null : why.join("; ").slice(0, 300)
  }

  #quiet({ feed, heardAt, failing, losses }: FeedState, now: number): string | null {
    if (failing !== null) return null
    const label = feed.name === "live" ? "" : `${feed.name}: `
    const limit = feed.silenceMs()
    const silent = now - heardAt
    if (limit !== null && silent > limit) return `${label}nothing heard for ${Math.round(silent / 1_000)} s`
    return losses.why === null ? null : `${label}${losses.why}`
  }

  #problems(now: number): Array<string> {
    const why = [...new Set(this.#blocked.values())]
    for (const state of this.#feeds.values()) {
      const { feed, answered, failing } = state
      const quiet = this.#quiet(state, now)
      if (failing !== null) why.push(feed.name === "live" ? failing : `${feed.name}: ${failing}`)
      else if (quiet !== null) why.push(quiet)
      else if (!answered && feed.name === "live") why.push("no answer yet")
    }
    return why
  }
}

const NOTICE_SHOWN = 15 * 60_000
