import { Clock, Effect, Redacted, Result, Schedule, Schema, Semaphore } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { Cursors } from "../../stores/Cursors.ts"
import { text } from "../../convert/Lenient.ts"
import { SourceError } from "../../SourceAdapter.ts"
import { askJson } from "../../upstream/Upstream.ts"
import { type Bucket, type Limits, Quota } from "./Quota.ts"
import { type Refusal, refusalOf } from "./Refusal.ts"
import { platform } from "./Convert.ts"

const ACCOUNT = "quota"
const PAGE_BYTES = 8_000_000
/** A key that was refused, and what is forbidden, is tried again after this. */
const LONG = 15 * 60_000
const again = Schedule.spaced("5 seconds")

/** Something that one resource does not give; the others are not concerned. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", {
  why: Schema.Literals(["comments-disabled", "not-found", "forbidden", "bad-request"]),
  message: Schema.String,
}) {}

const Page = Schema.Struct({
  kind: Schema.String.check(Schema.isPattern(/ListResponse$/)),
  // An empty answer of channels.list has none.
  items: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.Unknown))),
  nextPageToken: text,
})
const decodePage = Schema.decodeUnknownOption(Page)

export interface Page {
  /** Not decoded. At most 500. */
  readonly items: ReadonlyArray<unknown>
  readonly next: string | null
  /** When the request was sent, unix milliseconds. */
  readonly askedAt: number
}

export type Method = "videos" | "channels" | "playlistItems" | "search" | "commentThreads" | "comments"

/** The Data API with one key. Every call waits for its turn in the day's budget, and is paid for, durably, before it is sent. */
export interface Api {
  readonly list: (method: Method, params: Readonly<Record<string, string>>) => Effect.Effect<Page, SourceError | Refused>
  /** Fails with `off` when the day's units are gone; asks nothing. */
  readonly open: Effect.Effect<void, SourceError>
  readonly left: (bucket: Bucket, now: number) => number
  /** How long a call may have to wait for its turn, in milliseconds. */
  readonly spacing: (bucket: Bucket, now: number) => number
}

export interface ApiOptions {
  readonly baseUrl: string
  readonly key: Redacted.Redacted
  readonly limits: Limits
}

const off = (message: string, retryAfterMs: number) => new SourceError({ reason: "off", message, retryAfterMs })
const at = (time: number) => new Date(time).toISOString().slice(0, 16)

/** Reads the account of the day, and shares it between all who ask. */
export const make = Effect.fnUntraced(function* ({ baseUrl, key, limits }: ApiOptions) {
  const client = yield* HttpClient.HttpClient
  const cursors = yield* Cursors
  const load = Effect.tapError(cursors.load(platform, ACCOUNT), (error) =>
    Effect.logWarning(`the quota of YouTube cannot be read: ${error.message}`),
  )
  const quota = new Quota(limits, yield* Effect.orDie(Effect.retry(load, { schedule: again })), yield* Clock.currentTimeMillis)
  const turns: Record<Bucket, Semaphore.Semaphore> = { units: Semaphore.makeUnsafe(1), searches: Semaphore.makeUnsafe(1) }
  const saving = Semaphore.makeUnsafe(1)
  const waiting: Record<Bucket, number> = { units: 0, searches: 0 }
  const secret = Redacted.value(key)

  const gone = ({ why, until }: { readonly why: string; readonly until: number }, now: number) =>
    off(`${why}: off until ${at(until)} UTC, when YouTube's day ends`, until - now)

  const save = Clock.currentTimeMillis.pipe(
    Effect.flatMap((now) => cursors.store(platform, ACCOUNT, quota.spent(now))),
    saving.withPermits(1),
    Effect.mapError(({ message }) => new SourceError({ reason: "unavailable", message: `the quota cannot be accounted for: ${message}` })),
  )

  const turn = (bucket: Bucket) =>
    Effect.gen(function* () {
      while (true) {
        const now = yield* Clock.currentTimeMillis
        const admission = quota.take(bucket, now)
        if (admission._tag === "Taken") return
        if (admission._tag === "Gone") return yield* gone(admission, now)
        yield* Effect.sleep(admission.until - now)
      }
    })

  const admit = Effect.fnUntraced(function* (bucket: Bucket) {
    waiting[bucket]++
    yield* Effect.ensuring(
      turns[bucket].withPermits(1)(turn(bucket)),
      Effect.sync(() => waiting[bucket]--),
    )
    yield* save
  })

  const failure = (refusal: Refusal, error: SourceError, bucket: Bucket, now: number): SourceError | Refused => {
    switch (refusal._tag) {
      case "QuotaSpent":
        return gone(quota.refused(bucket, refusal.why, now), now)
      case "KeyRefused":
        return off(`YouTube does not accept the key, check YOUTUBE_API_KEY: ${refusal.why}`, LONG)
      case "TooFast":
        return new SourceError({ reason: "rate-limited", message: error.message, retryAfterMs: error.retryAfterMs ?? 5_000 })
      case "CommentsDisabled":
        return new Refused({ why: "comments-disabled", message: "comments are disabled" })
      case "NotFound":
        return new Refused({ why: "not-found", message: refusal.why })
      case "Forbidden":
        return new Refused({ why: "forbidden", message: refusal.why })
      case "BadRequest":
        return new Refused({ why: "bad-request", message: refusal.why })
    }
  }

  const list: Api["list"] = Effect.fnUntraced(function* (method, params) {
    const bucket: Bucket = method === "search" ? "searches" : "units"
    yield* admit(bucket)
    const askedAt = yield* Clock.currentTimeMillis
    const request = HttpClientRequest.get(`${baseUrl}/youtube/v3/${method}`, {
      urlParams: { ...params, key: secret },
      headers: { "user-agent": "signalflow" },
    })
    const asked = askJson(client, request, { maxBytes: PAGE_BYTES, timeoutMs: 20_000 })
    // The key is in the URL: it must not get into a trace, nor into a message.
    const answer = yield* Effect.result(Effect.provideService(asked, HttpClient.TracerDisabledWhen, () => true))
    if (Result.isFailure(answer)) {
      const error = answer.failure
      const refusal = refusalOf(error)
      if (refusal !== null) {
        const failed = failure(refusal, error, bucket, yield* Clock.currentTimeMillis)
        if (refusal._tag === "QuotaSpent") yield* save
        return yield* failed
      }
      const { reason, message, retryAfterMs } = error
      return yield* new SourceError({ reason, message: hidden(message, secret), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
    }
    const page = decodePage(answer.success)
    if (page._tag === "None") return yield* new SourceError({ reason: "malformed", message: `${method} sent something else than a list` })
    const { items, nextPageToken } = page.value
    return { items: (items ?? []).slice(0, 500), next: nextPageToken ?? null, askedAt }
  })

  const api: Api = {
    list,
    open: Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const spent = quota.gone("units", now)
      return spent === null ? Effect.void : Effect.fail(gone(spent, now))
    }),
    left: (bucket, now) => quota.left(bucket, now),
    spacing: (bucket, now) => quota.spacing(bucket, now) * (waiting[bucket] + 1),
  }
  return api
})

const hidden = (text: string, secret: string) => text.replaceAll(secret, "…").replaceAll(encodeURIComponent(secret), "…")
