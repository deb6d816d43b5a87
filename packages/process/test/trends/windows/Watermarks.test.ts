import { assert, describe, it } from "@effect/vitest"
import * as PgClient from "@effect/sql-pg/PgClient"
import { signalsNormalised } from "@signalflow/domain/bus/BusTopic"
import { SignalConsumer, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import { layerMemory } from "@signalflow/domain/bus/SignalBusMemory"
import { Clock, Effect, Layer } from "effect"
import * as TestPostgres from "../../../../platform/test/TestPostgres.ts"
import { watermarks } from "../../../src/trends/windows/Watermarks.ts"
import { mark, type SignalRow, write } from "../SignalRows.ts"

const MINUTE = 60_000
const now = Date.UTC(2026, 10, 22, 12)

const signal = (platform: string, countedAt: number): SignalRow => ({
  id: `${platform}:${countedAt}`,
  platform,
  author: "somebody",
  text: "a text",
  topics: [],
  countedAt,
  sentiment: null,
  hidden: false,
  heat: 0,
  score: null,
})

const health = (platform: string, target: string, state: string, readUntil: number | null) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    yield* sql`insert into source_health (platform, target, state, read_until, at)
      values (${platform}, ${target}, ${state}, ${readUntil === null ? null : new Date(readUntil)}::timestamptz, now())`
  })

const seen = (platforms: ReadonlyArray<string>, at: number) =>
  Effect.gen(function* () {
    const rows = platforms.map((platform) => signal(platform, at))
    yield* write(rows)
    yield* mark(rows.map(({ platform, countedAt }) => ({ platform, at: countedAt })))
  })

/** A clock that stands at a time; waiting, and the database's own time, go on. */
const at = (time: number) => {
  const standing = Object.assign(Object.create(Clock.Clock.defaultValue()) as Clock.Clock, {
    currentTimeMillisUnsafe: () => time,
    currentTimeMillis: Effect.succeed(time),
  })
  return Effect.provideService(Clock.Clock, standing)
}

const read = (group = "process") => watermarks(group).pipe(at(now))

const minutesAgo = (marks: Effect.Success<ReturnType<typeof watermarks>>) =>
  Object.fromEntries(marks.map(({ platform, until }) => [platform, (now - until) / MINUTE]))

const layers = Layer.merge(TestPostgres.layer, layerMemory)

describe("watermarks", () => {
  it.live("are the slowest target's position less what may be late; a target that is off does not hold them", () =>
    Effect.gen(function* () {
      yield* seen(["bluesky", "hackernews", "reddit"], now)
      yield* health("bluesky", "stream", "live", now - 1_000)
      yield* health("hackernews", "walk", "live", now - 1 * MINUTE)
      yield* health("hackernews", "slow", "degraded", now - 9 * MINUTE)
      yield* health("hackernews", "left", "off", now - 600 * MINUTE)
      yield* health("reddit", "new", "live", now)
      assert.deepStrictEqual(minutesAgo(yield* read()), { bluesky: 3, hackernews: 14, reddit: 15 })
    }).pipe(Effect.provide(layers)),
  )

  it.live("wait for what is still unread on the bus", () =>
    Effect.gen(function* () {
      const consumer = yield* SignalConsumer
      const publisher = yield* SignalPublisher
      yield* consumer.register({ group: "process", topics: [signalsNormalised] })
      yield* publisher.publish([{ topic: signalsNormalised, key: "bluesky:1", value: "{}", headers: {} }]).pipe(at(now - 7 * MINUTE))
      yield* seen(["bluesky", "hackernews"], now)
      yield* health("bluesky", "stream", "live", now)
      yield* health("hackernews", "walk", "live", now - 8 * MINUTE)
      assert.deepStrictEqual(minutesAgo(yield* read()), { bluesky: 9, hackernews: 13 })
      assert.deepStrictEqual(minutesAgo(yield* read("nobody")), { bluesky: 2, hackernews: 13 })
    }).pipe(Effect.provide(layers)),
  )

  it.live("are the newest signal where no source reports, and never in the future", () =>
    Effect.gen(function* () {
      yield* seen(["bluesky"], now - 30 * MINUTE)
      yield* health("bluesky", "stream", "live", null)
      assert.deepStrictEqual(minutesAgo(yield* read()), { bluesky: 29 })
      yield* seen(["bluesky"], now + 5 * MINUTE)
      yield* seen(["hackernews"], now)
      yield* health("hackernews", "walk", "live", now + 60 * MINUTE)
      assert.deepStrictEqual(minutesAgo(yield* read()), { bluesky: 0, hackernews: 5 })
    }).pipe(Effect.provide(layers)),
  )

  it.live("leave out a platform that is two hours behind", () =>
    Effect.gen(function* () {
      yield* seen(["bluesky", "hackernews"], now)
      yield* health("bluesky", "stream", "degraded", now - 130 * MINUTE)
      yield* health("hackernews", "walk", "live", now)
      assert.deepStrictEqual(minutesAgo(yield* read()), { hackernews: 5 })
    }).pipe(Effect.provide(layers)),
  )
})
