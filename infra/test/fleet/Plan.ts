import type { Platform } from "@signalflow/domain/signals/Platform"
import { type Signal, signalId } from "@signalflow/domain/signals/Signal"
import type { Observed, Removed, Restored, SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import { type Random, random } from "@signalflow/simulator/Random"
import { sentence } from "./Texts.ts"

const PLATFORMS = ["hackernews", "bluesky", "reddit", "youtube", "weblog"] as Array<Platform>
/** It has no counts: its signals have no history. */
const UNCOUNTED = "weblog"
const AUTHORS = 2_000
/** Signals that are still refreshed: the newest so many of a writer. */
const RECENT = 4_000
const HOUR = 3_600_000

type AuthorFate = "deleted" | "restored" | "hidden" | "hidden and restored"
const FATES: ReadonlyArray<AuthorFate> = ["deleted", "deleted", "restored", "hidden", "hidden and restored"]

interface Special {
  readonly platform: Platform
  readonly author: string
  readonly fate: AuthorFate
  /** Parts of the run after which it goes, and comes back. */
  readonly goes: number
  readonly returns: number
  gone: boolean
  back: boolean
}

interface Post {
  last: Signal
  readonly special: Special | null
  readonly doomed: boolean
  hidden: boolean
}

/** Words by which a text that must vanish, or the name of its author, is found wherever it may have been left. */
export const MARKER = /zqx[0-9a-z]+qz|gone[0-9]+n[0-9]+x/g

/**
 * Events of one source, from a seed: half of them new signals, some of those copies; refreshes with growing counts, edits, late and
 * repeated observations, signals and authors that are deleted, hidden and restored. One plan is published in order by one writer.
 */
export class Plan {
  readonly specials: ReadonlyArray<Special>
  private readonly random: Random
  private readonly posts: Array<Post> = []
  private readonly hidden: Array<Post> = []
  private readonly doomed: Array<Post> = []
  /** Observations of deleted signals that a source sends late. */
  private readonly afterlife: Array<{ readonly due: number; readonly post: Post }> = []
  private count = 0
  private readonly seed: number
  private readonly writer: number
  private readonly startedAt: number
  private readonly length: number

  constructor(seed: number, writer: number, startedAt: number, length: number) {
    this.seed = seed
    this.writer = writer
    this.startedAt = startedAt
    this.length = length
    this.random = random(seed, writer)
    this.specials = Array.from({ length: 2 * FATES.length }, (_, n) => ({
      platform: PLATFORMS[n % 4]!,
      author: `gone${writer}n${n}x`,
      fate: FATES[n % FATES.length]!,
      goes: 0.2 + 0.4 * this.random.next(),
      returns: 0.65 + 0.2 * this.random.next(),
      gone: false,
      back: false,
    }))
  }

  /** The event of the moment `at`, unix milliseconds, which only rises. */
  next(at: number): SignalEvent {
    const part = (at - this.startedAt) / this.length
    const special = this.specials.find(
      (one) => (!one.gone && part > one.goes) || (!one.back && one.fate.endsWith("restored") && part > one.returns),
    )
    if (special !== undefined) return this.turn(special, at)
    if (this.afterlife.length > 0 && this.afterlife[0]!.due <= at) return this.observed(this.afterlife.shift()!.post, at, "refresh")
    const roll = this.random.next()
    const post = this.posts.length === 0 || roll < 0.44 ? null : this.recent()
    if (post === null) return this.fresh(at)
    if (roll < 0.8) return this.refreshed(post, at)
    if (roll < 0.86) return this.refreshed(post, at, { title: sentence(this.random) })
    if (roll < 0.9) return this.late(post)
    if (roll < 0.93) return { _tag: "Observed", signal: post.last }
    if (roll < 0.955 && post.special === null && !post.doomed && !post.hidden) return this.hide(post, at)
    if (roll < 0.965 && this.hidden.length > 0) return this.restore(at)
    if (roll < 0.985 && this.doomed.length > 20) return this.delete(at)
    return this.refreshed(post, at)
  }

  /** To be published when everything before it is stored: authors who came back are seen again. */
  *returning(at: number): Generator<SignalEvent> {
    for (const special of this.specials) {
      if (special.fate !== "restored" || !special.back) continue
      for (let n = 0; n < 3; n++) yield this.fresh(at++, special, `${sentence(this.random)}, back again`)
    }
  }

  private recent(): Post {
    const from = Math.max(0, this.posts.length - RECENT)
    return this.posts[from + this.random.int(this.posts.length - from)]!
  }

  private observed(post: Post, at: number, mode: "new" | "refresh", fields: Partial<Signal> = {}): Observed {
    const observedAt = Math.max(at, post.last.observedAt + 1)
    const signal: Signal = { ...post.last, ...fields, observedAt, meta: { ...post.last.meta, mode } }
    post.last = signal
    return { _tag: "Observed", signal }
  }

  private refreshed(post: Post, at: number, fields: Partial<Signal> = {}): SignalEvent {
    const { score, comments } = post.last
    const counts = {
      score: score === null ? null : score + this.random.int(40),
      comments: comments === null ? null : comments + this.random.int(6),
    }
    if (post.hidden) {
      post.hidden = false
      this.hidden.splice(this.hidden.indexOf(post), 1)
    }
    return this.observed(post, at, "refresh", { ...(post.doomed ? {} : fields), ...counts })
  }

  /** What arrives after something newer: if it were stored, everybody would see these counts. */
  private late({ last }: Post): Observed {
    return {
      _tag: "Observed",
      signal: {
        ...last,
        observedAt: last.observedAt - 1 - this.random.int(60_000),
        score: 999_999,
        comments: 999_999,
        title: "an older title that must not win",
      },
    }
  }

  private fresh(at: number, of?: Special, text?: string): Observed {
    const { random } = this
    const special = of ?? (random.chance(0.02) ? random.pick(this.specials.filter(({ fate, back }) => fate !== "restored" || !back)) : null)
    const platform = special?.platform ?? random.pick(PLATFORMS)
    const doomed = special === null && random.chance(0.03)
    const number = this.count++
    const vanishes = doomed || (of === undefined && (special?.fate === "deleted" || special?.fate === "restored"))
    const copied = random.chance(0.1) && this.posts.length > 0 ? this.recent() : null
    const title =
      text ??
      (vanishes
        ? `${sentence(random)} zqx${this.writer}k${number.toString(36)}qz`
        : copied !== null && !copied.doomed && copied.special === null
          ? copied.last.title
          : sentence(random))
    const observedAt = at
    const publishedAt = observedAt - 1_000 - random.int(random.chance(0.12) ? 2 * HOUR : 5 * 60_000)
    const counted = platform !== UNCOUNTED
    const signal: Signal = {
      id: signalId(platform, `${this.seed.toString(36)}.${this.writer}.${number}`),
      platform,
      kind: "post",
      parentId: null,
      community: random.chance(0.5) ? `community${random.int(20)}` : null,
      author: special?.author ?? (platform === UNCOUNTED && random.chance(0.3) ? null : `author${random.int(AUTHORS)}`),
      title,
      body: "",
      url: null,
      permalink: `https://example.org/${number}`,
      language: "en",
      score: counted ? random.int(20) : null,
      comments: counted && platform !== "bluesky" ? random.int(5) : null,
      upvoteRatio: null,
      reposts: null,
      views: null,
      publishedAt,
      observedAt,
      flair: null,
      meta: { schemaVersion: 1, producer: "fleet", runId: String(this.seed), mode: "new" },
    }
    const post: Post = { last: signal, special, doomed, hidden: false }
    this.posts.push(post)
    if (doomed) this.doomed.push(post)
    return { _tag: "Observed", signal }
  }

  private hide(post: Post, at: number): Removed {
    post.hidden = true
    this.hidden.push(post)
    return {
      _tag: "Removed",
      target: { _tag: "Signal", id: post.last.id },
      kind: "hidden",
      at: Math.max(at, post.last.observedAt),
      why: "planted",
    }
  }

  private restore(at: number): Restored {
    const [post] = this.hidden.splice(this.random.int(this.hidden.length), 1)
    post!.hidden = false
    return { _tag: "Restored", target: { _tag: "Signal", id: post!.last.id }, at: Math.max(at, post!.last.observedAt + 1) }
  }

  private delete(at: number): Removed {
    const [post] = this.doomed.splice(this.random.int(this.doomed.length), 1)
    this.posts.splice(this.posts.indexOf(post!), 1)
    if (this.random.chance(0.5)) this.afterlife.push({ due: at + 2_000, post: post! })
    return { _tag: "Removed", target: { _tag: "Signal", id: post!.last.id }, kind: "deleted", at, why: "planted" }
  }

  private turn(special: Special, at: number): Removed | Restored {
    const target = { _tag: "Author" as const, platform: special.platform, author: special.author }
    if (special.gone) {
      special.back = true
      // They are not seen again before their return is known everywhere.
      if (special.fate === "restored") {
        const kept = this.posts.filter((post) => post.special !== special)
        this.posts.splice(0, this.posts.length, ...kept)
      }
      return { _tag: "Restored", target, at }
    }
    special.gone = true
    return { _tag: "Removed", target, kind: special.fate.startsWith("hidden") ? "hidden" : "deleted", at, why: "planted" }
  }
}
