import { assert, describe, it } from "@effect/vitest"
import * as PgClient from "@effect/sql-pg/PgClient"
import { TrendingTopic } from "@signalflow/domain/api/Trends"
import { BUCKET } from "@signalflow/domain/Time"
import { Effect, Schema } from "effect"
import * as TestPostgres from "../../../../platform/test/TestPostgres.ts"
import { refresh } from "../../../src/trends/ranking/Ranking.ts"
import { recompute } from "../../../src/trends/windows/Windows.ts"
import { mark, remove, type SignalRow, write } from "../SignalRows.ts"
import { type Planted, world } from "../SyntheticWorld.ts"

const end = Date.UTC(2026, 10, 22, 12, 7)
const marks = [
  { platform: "bluesky", until: end },
  { platform: "hackernews", until: end - 3 * 60_000 },
]

const load = (rows: ReadonlyArray<SignalRow>) =>
  Effect.gen(function* () {
    yield* write(rows)
    yield* mark(rows.map(({ platform, countedAt }) => ({ platform, at: countedAt })))
    yield* recompute({ limit: 10_000, horizon: 0 })
  })

const stored = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const rows = yield* sql<{ topic: string; rank: number; trend: unknown }>`select topic, rank, trend from topic_trends order by rank`
  assert.deepStrictEqual(
    rows.map(({ rank }) => rank),
    rows.map((_, i) => i + 1),
  )
  return yield* Effect.forEach(rows, ({ topic, trend }) =>
    Effect.map(Schema.decodeUnknownEffect(TrendingTopic)(trend), (decoded) => (assert.strictEqual(decoded.topic, topic), decoded)),
  )
})

const planted: ReadonlyArray<Planted> = [
  { topic: "chip export", perBucket: 15, begins: { bluesky: 60, hackernews: 35 }, minutes: 90, with: ["export ban"] },
  { topic: "topic 40", perBucket: 14, begins: { bluesky: 110 }, minutes: 200 },
  { topic: "$acme", perBucket: 12, begins: { hackernews: 75 }, minutes: 90 },
  { topic: "#launch", perBucket: 20, begins: { hackernews: 600 }, minutes: 90 },
]

describe("Trends", () => {
  it.live("what was planted in three days is on top, dated and in order of arrival, and nothing else rises", () =>
    Effect.gen(function* () {
      yield* load(world({ seed: 1, end, days: 3, signals: 18_000, planted }))
      yield* refresh(marks)
      const trends = yield* stored
      const named = (topic: string) => trends.find((trend) => trend.topic === topic)!
      assert.deepStrictEqual(
        trends
          .filter(({ state }) => state === "rising")
          .map(({ topic }) => topic)
          .sort(),
        ["$acme", "chip export", "topic 40"],
      )
      assert.deepStrictEqual(
        trends.filter(({ state }) => state === "cooling").map(({ topic }) => topic),
        ["#launch"],
      )
      assert.deepStrictEqual(
        trends.slice(0, 3).map(({ state }) => state),
        ["rising", "rising", "rising"],
      )
      assert.isAtMost(trends.length, 100)
      assert.isAbove(trends.length, 30)
      assert.isFalse(trends.some(({ state }) => state === "cold"))

      const chip = named("chip export")
      assert.isUndefined(named("export ban"))
      assert.deepStrictEqual(
        chip.platforms.map(({ platform }) => platform),
        ["bluesky", "hackernews"],
      )
      const [bluesky, hackernews] = chip.platforms.map(({ arrivedAt }) => Date.parse(arrivedAt!))
      assert.isBelow(Math.abs(bluesky! - (end - 60 * 60_000)), 8 * 60_000)
      assert.isBelow(Math.abs(hackernews! - (end - 35 * 60_000)), 8 * 60_000)
      assert.isBelow(Math.abs(Date.parse(chip.since!) - (end - 60 * 60_000)), BUCKET + 1)
      assert.closeTo(chip.ratio!, chip.observed / chip.expected, 0.1)
      assert.isAbove(chip.surprise!, 6)

      // 'topic 40' is talked of on Hacker News anyway: it did not arrive there.
      assert.deepStrictEqual(
        named("topic 40")
          .platforms.filter(({ arrivedAt }) => arrivedAt !== null)
          .map(({ platform }) => platform),
        ["bluesky"],
      )
      assert.strictEqual(named("$acme").label, "$ACME")
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("counts what it shows: people, signals, sentiment, sparkline and examples of the last two hours", () =>
    Effect.gen(function* () {
      const rows = world({ seed: 2, end, days: 2, signals: 6_000, planted })
      yield* load(rows)
      yield* refresh(marks)
      const chip = (yield* stored).find(({ topic }) => topic === "chip export")!
      const until = new Map(marks.map((mark) => [mark.platform, mark.until]))
      const about = rows.filter((row) => row.topics.includes("chip export") && row.countedAt < until.get(row.platform)!)
      const recent = about.filter((row) => row.countedAt >= until.get(row.platform)! - 120 * 60_000)
      assert.strictEqual(chip.observed, new Set(recent.map(({ platform, author }) => `${platform} ${author}`)).size)
      assert.strictEqual(chip.signals24h, about.length)
      const sentiments = recent.map(({ sentiment }) => sentiment).filter((value) => value !== null)
      assert.strictEqual(chip.sentimentN, sentiments.length)
      assert.closeTo(chip.sentiment!, sentiments.reduce((a, b) => a + b, 0) / sentiments.length, 1e-4)
      assert.strictEqual(chip.sparkline.length, 96)
      // Quarter hours of the clock: the last one began at 12:00.
      const inBucket = (back: number) => {
        const from = Math.floor(end / BUCKET) * BUCKET - back * BUCKET
        const then = about.filter(({ countedAt }) => countedAt >= from && countedAt < from + BUCKET)
        return new Set(then.map(({ platform, author }) => `${platform} ${author}`)).size
      }
      assert.deepStrictEqual(chip.sparkline.slice(-6).toReversed(), [0, 1, 2, 3, 4, 5].map(inBucket))
      assert.strictEqual(chip.label, "chip export")
      assert.strictEqual(chip.examples.length, 5)
      const best = [...recent].sort((a, b) => b.heat - a.heat).slice(0, 5)
      assert.deepStrictEqual(
        chip.examples,
        best.map(({ id }) => id),
      )
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("one person's many posts, many people's one text, and what is hidden, are no rise", () =>
    Effect.gen(function* () {
      const rows = world({ seed: 3, end, days: 3, signals: 8_000, planted: [] })
      const extra = (topic: string, i: number, author: string, text: string): SignalRow => ({
        id: `bluesky:${topic}${i}`,
        platform: "bluesky",
        author,
        text,
        topics: [topic],
        countedAt: end - 1 - i * 60_000,
        sentiment: null,
        hidden: false,
        heat: 0,
        score: null,
      })
      const spam = Array.from({ length: 60 }, (_, i) => extra("spam", i, `shop ${i % 4}`, `buy number ${i} of these things`))
      const copies = Array.from({ length: 60 }, (_, i) => extra("petition", i, `person ${i}`, "please sign this petition and pass it on"))
      const people = Array.from({ length: 60 }, (_, i) => extra("rally", i, `marcher ${i}`, `I am number ${i} at the rally today`))
      const hidden = Array.from({ length: 60 }, (_, i) => ({ ...extra("gone", i, `ghost ${i}`, `I am ghost number ${i}`), hidden: true }))
      const unseen = people.map((row, i) => ({
        ...row,
        id: `bluesky:unseen${i}`,
        author: `unseen ${i}`,
        text: `unseen ${i}`,
        hidden: true,
        heat: 1,
      }))
      yield* load([...rows, ...spam, ...copies, ...people, ...hidden, ...unseen])
      yield* refresh(marks)
      const trends = yield* stored
      assert.deepStrictEqual(
        trends.filter(({ state }) => state === "rising").map(({ topic }) => topic),
        ["rally"],
      )
      assert.isFalse(trends.some(({ topic }) => ["spam", "petition", "gone"].includes(topic)))
      const rally = trends.find(({ topic }) => topic === "rally")!
      assert.deepInclude(rally, { observed: 60, signals24h: 60 })
      assert.isTrue(rally.examples.every((id) => id.startsWith("bluesky:rally")))
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("what was said before a platform was watched is no history, unless a warm start read it", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      yield* load(world({ seed: 4, end, days: 3, signals: 8_000, planted }))
      const since = new Date(end - 3_600_000)
      yield* sql`insert into source_configs (platform, target, tier, created_at) values ('bluesky', 'posts', 'fast', ${since}), ('hackernews', 'items', 'fast', ${since})`
      yield* refresh(marks)
      const cold = yield* stored
      assert.isAbove(cold.length, 20)
      for (const trend of cold) assert.deepInclude(trend, { state: "cold", surprise: null })
      yield* sql`insert into source_cursors (platform, target, position, updated_at) values ('bluesky', 'warm-start', '{}', now()), ('hackernews', 'warm-start', '{}', now())`
      yield* refresh(marks)
      const states = new Set((yield* stored).map(({ state }) => state))
      assert.isTrue(states.has("rising") && !states.has("cold"))
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("with less than 24 hours of history everything is cold and nothing is called surprising", () =>
    Effect.gen(function* () {
      yield* load(world({ seed: 4, end, days: 1, signals: 5_000, planted }))
      yield* refresh(marks)
      const trends = yield* stored
      assert.isAbove(trends.length, 20)
      for (const trend of trends) assert.deepInclude(trend, { state: "cold", surprise: null, ratio: null, since: null })
      const observed = trends.map((trend) => trend.observed)
      assert.deepStrictEqual(
        observed,
        [...observed].sort((a, b) => b - a),
      )
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("counts in quarter hours that stay where they are when counting goes on", () =>
    Effect.gen(function* () {
      const rows = world({ seed: 2, end, days: 2, signals: 6_000, planted })
      yield* load(rows)
      const sparklineAt = (at: number) =>
        Effect.andThen(
          refresh(marks.map(({ platform }) => ({ platform, until: at }))),
          Effect.map(stored, (trends) => trends.find(({ topic }) => topic === "chip export")!.sparkline),
        )
      const [noon, later, full, next] = yield* Effect.forEach(
        [end - 7 * 60_000 + 1, end, end + 8 * 60_000, end + 8 * 60_000 + 1],
        sparklineAt,
      )
      assert.deepStrictEqual(later!.slice(0, -1), noon!.slice(0, -1))
      assert.deepStrictEqual(full!.slice(0, -1), noon!.slice(0, -1))
      assert.deepStrictEqual(next!.slice(0, -2), noon!.slice(1, -1))
      assert.deepStrictEqual(next!.at(-2), full!.at(-1))
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("counts in its totals what can be compared, says what it leaves out, and keeps the height of what has cooled", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      yield* load(world({ seed: 1, end, days: 3, signals: 18_000, planted }))
      const lately = new Date(end - 3_600_000)
      yield* refresh(marks)
      const before = yield* stored
      const totals = (trends: typeof before) => {
        for (const { topic, observed, expected, platforms } of trends) {
          const counted = platforms.filter((platform) => platform.counted)
          assert.strictEqual(
            counted.reduce((sum, platform) => sum + platform.observed, 0),
            observed,
            topic,
          )
          assert.closeTo(
            counted.reduce((sum, platform) => sum + platform.expected, 0),
            expected,
            0.02,
            topic,
          )
        }
      }
      totals(before)
      const launch = before.find(({ topic }) => topic === "#launch")!
      assert.isAbove(launch.peak!.ratio, 5)
      assert.isAbove(launch.peak!.observed, launch.observed)
      assert.isBelow(Math.abs(Date.parse(launch.peak!.at) - (end - (600 - 90) * 60_000)), 90 * 60_000)
      assert.isTrue(before.every(({ state, peak }) => (peak !== null) === (state === "cooling")))

      yield* sql`insert into source_configs (platform, target, tier, created_at) values ('hackernews', 'items', 'fast', ${lately})`
      yield* refresh(marks)
      const after = yield* stored
      totals(after)
      const chip = after.find(({ topic }) => topic === "chip export")!
      assert.deepStrictEqual(
        chip.platforms.map(({ platform, counted }) => [platform, counted]),
        [
          ["bluesky", true],
          ["hackernews", false],
        ],
      )
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("ranks each platform alone, by its own numbers", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const rows = world({ seed: 1, end, days: 3, signals: 18_000, planted })
      yield* load(rows)
      yield* refresh(marks)
      const of = (platform: string) =>
        Effect.flatMap(
          sql<{ rank: number; trend: unknown }>`select rank, trend from platform_trends where platform = ${platform} order by rank`,
          (ranked) => {
            assert.deepStrictEqual(
              ranked.map(({ rank }) => rank),
              ranked.map((_, i) => i + 1),
            )
            return Effect.forEach(ranked, ({ trend }) => Schema.decodeUnknownEffect(TrendingTopic)(trend))
          },
        )
      const [bluesky, hackernews] = yield* Effect.forEach(["bluesky", "hackernews"], of)
      const rising = (trends: typeof bluesky) => trends!.filter(({ state }) => state === "rising").map(({ topic }) => topic)
      assert.sameMembers(rising(bluesky), ["chip export", "topic 40"])
      assert.sameMembers(rising(hackernews), ["chip export", "$acme"])
      const chip = hackernews!.find(({ topic }) => topic === "chip export")!
      const { until } = marks[1]!
      const own = rows.filter((row) => row.platform === "hackernews" && row.topics.includes("chip export") && row.countedAt < until)
      const recent = own.filter(({ countedAt }) => countedAt >= until - 120 * 60_000)
      assert.strictEqual(chip.observed, new Set(recent.map(({ author }) => author)).size)
      assert.strictEqual(chip.signals24h, own.length)
      assert.strictEqual(chip.sentimentN, recent.filter(({ sentiment }) => sentiment !== null).length)
      assert.deepStrictEqual(
        chip.platforms.map(({ platform, observed, expected }) => [platform, observed, expected]),
        [["hackernews", chip.observed, chip.expected]],
      )
      assert.isBelow(Math.abs(Date.parse(chip.since!) - (end - 35 * 60_000)), BUCKET + 8 * 60_000)
      assert.isTrue(chip.examples.length > 0 && chip.examples.every((id) => id.startsWith("hackernews:")))
      assert.isTrue(bluesky!.every(({ sparkline }) => sparkline.length === 96))
      yield* refresh([])
      assert.deepStrictEqual(yield* of("bluesky"), [])
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("an outage of a platform is a gap in the sparkline and raises nothing when it ends", () =>
    Effect.gen(function* () {
      const rows = world({ seed: 5, end, days: 3, signals: 12_000, planted: [] })
      yield* load(rows.filter(({ countedAt }) => countedAt < end - 10 * 3_600_000 || countedAt >= end - 3_600_000))
      yield* refresh(marks)
      const trends = yield* stored
      assert.deepStrictEqual(
        trends.filter(({ state }) => state !== "steady"),
        [],
      )
      const sparkline = trends[0]!.sparkline
      assert.isTrue(sparkline.slice(96 - 38, 96 - 6).every((count) => count === null))
      assert.isTrue(sparkline.slice(0, 50).every((count) => count !== null))
      assert.isTrue(sparkline.slice(-3).every((count) => count !== null))
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("what is removed leaves the ranking with the next round", () =>
    Effect.gen(function* () {
      const rows = world({ seed: 6, end, days: 2, signals: 5_000, planted })
      yield* load(rows)
      yield* refresh(marks)
      assert.isTrue((yield* stored).some(({ topic }) => topic === "chip export"))
      const gone = rows.filter((row) => row.topics.includes("chip export"))
      yield* remove(gone.map(({ id }) => id))
      yield* mark(gone.map(({ platform, countedAt }) => ({ platform, at: countedAt })))
      yield* recompute({ limit: 10_000, horizon: 0 })
      yield* refresh(marks)
      const trends = yield* stored
      const ids = new Set(gone.map(({ id }) => id))
      assert.isFalse(trends.some(({ topic, examples }) => topic === "chip export" || examples.some((id) => ids.has(id))))
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("without signals the ranking is empty", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      yield* sql`insert into topic_trends (topic, rank, as_of, trend) values ('old', 1, now(), '{}')`
      yield* refresh([])
      assert.deepStrictEqual(yield* stored, [])
    }).pipe(Effect.provide(TestPostgres.layer)),
  )
})
