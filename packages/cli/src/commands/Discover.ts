import { type Found, postSorts } from "@signalflow/domain/sources/Discovered"
import { Settings } from "@signalflow/domain/settings/Settings"
import type { BusRecord } from "@signalflow/domain/bus/SignalBus"
import { SourceConfigs } from "@signalflow/domain/sources/SourceConfigs"
import { Cursors } from "@signalflow/ingest/stores/Cursors"
import { Health } from "@signalflow/ingest/health/SourceHealth"
import * as Discover from "@signalflow/ingest/sources/reddit/discovery/Discover"
import { discoveryOptions } from "@signalflow/ingest/sources/reddit/discovery/DiscoveryOptions"
import { whileHeld } from "@signalflow/platform/postgres/leases/Leases"
import { Clock, Console, Effect, Layer, Option, Result } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { FetchHttpClient } from "effect/http"
import { database, ports } from "../layers/Database.ts"
import { Failed, Misused } from "../print/Failed.ts"
import { jsonFlag } from "../print/JsonFlag.ts"
import { beside, which } from "../running/Beside.ts"
import { plain, plainJson } from "../print/TerminalText.ts"
import { lineOfFound } from "../print/TailLine.ts"

const whole = (name: string, about: string) => Flag.Int(name).pipe(Flag.withDescription(about), Flag.optional)

const tell = (text: string) => Console.error(`signalflow: ${plain(text)}`)

/** Whether a running program has found something by itself lately: whoever reads the topics would get it twice. */
const alsoScheduled = Effect.gen(function* () {
  const now = yield* Clock.currentTimeMillis
  const trending = (yield* (yield* SourceConfigs).list).filter(
    ({ platform, active, options }) => platform === "reddit" && active && options["mode"] === "trending",
  )
  const known = yield* (yield* Health).all
  return trending.some(({ platform, target }) =>
    known.some((one) => one.platform === platform && one.target === target && one.state === "live" && now - one.at < 60_000),
  )
})

const printed = (json: boolean) => (records: ReadonlyArray<BusRecord>) =>
  Console.log(records.map(({ value }) => (json ? plainJson(value) : lineOfFound(JSON.parse(value) as Found))).join("\n"))

const summary = ({ posts, comments, dropped }: Discover.Published) => {
  const left = Object.entries(dropped).map(([reason, n]) => `${n} ${reason}`)
  return `${posts} posts and ${comments} comments${left.length === 0 ? "" : `; left out: ${left.join(", ")}`}`
}

export const discover = Command.make(
  "discover",
  {
    platform: Argument.Literals("platform", ["reddit"]).pipe(Argument.withDescription("Where to look: reddit")),
    once: Flag.Boolean("once").pipe(Flag.withDescription("One round, and end"), Flag.withDefault(false)),
    every: Flag.Int("every").pipe(Flag.withDescription("Seconds between two rounds"), Flag.withDefault(600)),
    limit: whole("limit", "End after so many posts and their comments"),
    subreddits: whole("subreddits", "Popular subreddits that are looked at, in place of REDDIT_SUBREDDIT_LIMIT"),
    posts: whole("posts", "Posts of each, in place of REDDIT_POSTS_PER_SUBREDDIT"),
    comments: whole("comments", "Comments of each post, in place of REDDIT_COMMENT_LIMIT; 0 = none"),
    sort: Flag.Literals("sort", postSorts).pipe(Flag.withDescription("Order of posts, in place of REDDIT_POST_SORT"), Flag.optional),
    ...which,
    json: jsonFlag("Print each envelope as JSON"),
  },
  ({ once, every, limit, json, subreddits, posts, comments, sort, ...program }) =>
    Effect.gen(function* () {
      const given: ReadonlyArray<readonly [string, Option.Option<string | number>]> = Object.entries({ subreddits, posts, comments, sort })
      const options = Object.fromEntries(given.flatMap(([name, value]) => (Option.isSome(value) ? [[name, value.value]] : [])))
      const usable = discoveryOptions(options, yield* Settings)
      if (Result.isFailure(usable)) return yield* new Misused({ message: `--${usable.failure}` })
      const most = Option.getOrNull(limit)
      if (most !== null && most < 1) return yield* new Misused({ message: `--limit is ${most}: 1 or more` })
      if (every < 10 || every > 86_400) return yield* new Misused({ message: `--every is ${every}: a number of seconds from 10 to 86400` })
      const work = Effect.gen(function* () {
        if (yield* alsoScheduled)
          yield* tell("a running program discovers too (its target with the mode trending): what both find is published twice")
        const found = yield* Discover.run({
          options,
          everyMs: once ? null : every * 1_000,
          limit: most,
          onPublished: printed(json),
          onWait: (why) => tell(`waits: ${why}`),
        })
        yield* tell(summary(found))
      }).pipe(Effect.catchTag("SourceError", ({ message }) => Effect.fail(new Failed({ message }))))
      let before = ""
      const onState = (state: "held" | "waiting" | "blocked", detail: string | null) => {
        const now = `${state} ${detail}`
        if (state === "held" || now === before) return Effect.void
        before = now
        return tell(state === "waiting" ? `waits for ${detail}, which discovers already` : `waits for the database: ${detail}`)
      }
      yield* whileHeld("discover reddit", { onState })(work).pipe(
        Effect.provide(Layer.mergeAll(Cursors.layer, Health.layer, FetchHttpClient.layer)),
        Effect.provide(ports),
        Effect.provide(database("signalflow discover")),
      )
    }).pipe(Effect.provide(beside("discover reddit", program))),
).pipe(Command.withDescription("Find what is trending in popular subreddits, and publish its posts and comments to their topics"))
