import { assert, describe, it } from "@effect/vitest"
import * as PgClient from "@effect/sql-pg/PgClient"
import { BUCKET, bucketOf } from "@signalflow/domain/Time"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import { Effect } from "effect"
import * as TestPostgres from "../../../../platform/test/TestPostgres.ts"
import { recompute, snapshot } from "../../../src/trends/windows/Windows.ts"
import { chance, type Chance } from "../Chance.ts"
import { recount, type Recounted } from "../Recount.ts"
import { type HistoryRow, mark, remove, type SignalRow, write, writeHistory } from "../SignalRows.ts"

const start = Date.UTC(2026, 10, 20, 23)
const topics = ["rust", "postgres", "#launch", "$ACME", "tier-2 cache", "naïve"]

const someSignal = (rng: Chance, id: number): SignalRow => {
  const platform = rng.pick(["hackernews", "bluesky"])
  return {
    id: `${platform}:${id}`,
    platform,
    author: rng.next() < 0.2 ? null : `author ${rng.int(12)}`,
    community: rng.next() < 0.5 ? null : `place ${rng.int(3)}`,
    text:
      rng.next() < 0.3
        ? rng.pick(["short", "this very sentence is passed around", "and so is this other sentence"])
        : `the words of signal number ${id}`,
    topics: Array.from({ length: rng.int(4) }, () => rng.pick(topics)),
    countedAt: start + rng.int(6 * BUCKET),
    sentiment: rng.next() < 0.2 ? null : Math.round((rng.next() * 2 - 1) * 1e4) / 1e4,
    hidden: rng.next() < 0.1,
    heat: 0,
    score: null,
  }
}

const someHistory = (rng: Chance, id: string, countedAt: number): HistoryRow => ({
  id,
  observedAt: countedAt + rng.int(3 * BUCKET),
  score: rng.next() < 0.2 ? null : rng.int(500),
  velocity: rng.next() < 0.4 ? null : rng.next() * 3,
})

const touched = (signal: SignalRow) => ({ platform: signal.platform, at: signal.countedAt })

const stored = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const windows = yield* sql<{ topic: string; platform: string; bucket: Date } & Recounted>`
    select topic, platform, bucket, signals, authors, sentiment_mean as "sentimentMean", sentiment_n as "sentimentN",
      score_mean as "scoreMean", score_n as "scoreN", velocity_mean as "velocityMean", velocity_n as "velocityN" from topic_timeseries`
  const volumes = yield* sql<{ platform: string; bucket: Date; signals: number; authors: number }>`select * from platform_timeseries`
  return {
    windows: new Map(windows.map(({ topic, platform, bucket, ...counts }) => [`${topic} ${platform} ${bucket.getTime()}`, counts])),
    volumes: new Map(volumes.map(({ platform, bucket, ...counts }) => [`${platform} ${bucket.getTime()}`, counts])),
  }
})

const sorted = <A>(map: ReadonlyMap<string, A>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))

const assertSame = (actual: Effect.Success<typeof stored>, expected: ReturnType<typeof recount>) => {
  assert.deepStrictEqual(sorted(actual.volumes), sorted(expected.volumes))
  assert.deepStrictEqual([...actual.windows.keys()].sort(), [...expected.windows.keys()].sort())
  for (const [key, counts] of expected.windows) {
    for (const [name, value] of Object.entries(counts)) {
      const found = actual.windows.get(key)![name as keyof Recounted]
      const same = value === null || found === null ? value === found : Math.abs(value - found) < 1e-8
      assert.isTrue(same, `${key} ${name}: ${found} instead of ${value}`)
    }
  }
}

const rounds = (limit: number) => recompute({ limit, horizon: 0 }).pipe(Effect.repeat({ until: ({ marked }) => marked < limit }))

const marksLeft = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  return (yield* sql<{ platform: string; bucket: Date }>`select platform, bucket from touched_windows order by mark`).map(
    ({ platform, bucket }) => `${platform} ${bucket.getTime()}`,
  )
})

describe("Windows", () => {
  it.live("equal a naive recount after signals, edits, moved times, hiding and removals, in rounds of any size", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      for (let seed = 0; seed < 8; seed++) {
        yield* sql`truncate signals, signal_metrics_history, touched_windows, topic_timeseries, platform_timeseries`
        const rng = chance(seed)
        const signals = new Map<string, SignalRow>()
        let history: Array<HistoryRow> = []
        for (let step = 0; step < 6; step++) {
          const fresh = Array.from({ length: rng.int(60) }, (_, i) => someSignal(rng, step * 100 + i))
          const edited = [...signals.values()]
            .filter(() => rng.next() < 0.3)
            .map((before) => ({ ...someSignal(rng, 0), id: before.id, platform: before.platform }))
          const removed = [...signals.keys()].filter((id) => !edited.some((edit) => edit.id === id) && rng.next() < 0.1)
          const observed = [...fresh, ...edited].filter(() => rng.next() < 0.6).map((row) => someHistory(rng, row.id, row.countedAt))
          const measured = [...edited.map(({ id }) => id), ...removed].flatMap((id) => history.filter((row) => row.id === id))
          const before = [...edited.map(({ id }) => id), ...removed].map((id) => signals.get(id)!)
          yield* write([...fresh, ...edited])
          yield* writeHistory(observed)
          yield* remove(removed)
          for (const row of [...fresh, ...edited]) signals.set(row.id, row)
          for (const id of removed) signals.delete(id)
          history = [...history, ...observed].filter((row) => !removed.includes(row.id))
          yield* mark([
            ...[...before, ...fresh, ...edited].map(touched),
            ...[...observed, ...measured].map((row) => ({ platform: row.id.split(":")[0]!, at: row.observedAt })),
          ])
          if (rng.next() < 0.7) yield* rounds(1 + rng.int(9))
        }
        yield* rounds(400)
        assertSame(yield* stored, recount([...signals.values()], history))
        assert.deepStrictEqual(yield* marksLeft, [])
      }
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("computing everything again gives exactly the same rows and writes none", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const rng = chance(99)
      const signals = Array.from({ length: 400 }, (_, id) => someSignal(rng, id))
      for (let i = 0; i < 400; i += 100) {
        yield* write(signals.slice(i, i + 100))
        yield* mark(signals.slice(i, i + 100).map(touched))
        yield* rounds(3)
      }
      const incremental = yield* stored
      yield* mark(signals.map(touched))
      const again = yield* recompute({ limit: 400, horizon: 0 })
      assert.deepInclude(again, { written: 0, deleted: 0, marks: 400 })
      yield* sql`truncate topic_timeseries, platform_timeseries`
      yield* mark(signals.map(touched))
      yield* rounds(400)
      assert.deepStrictEqual(yield* stored, incremental)
      assertSame(incremental, recount(signals, []))
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("a mark that is added while a round runs survives it, and so does what it stands for", () =>
    Effect.gen(function* () {
      const server = yield* TestPostgres.TestPostgres
      const { host, port, username, password, database } = server
      const elsewhere = Postgres.layer({ host, port, username, password, database, poolSize: 1 })
      const rng = chance(5)
      const first = { ...someSignal(rng, 1), topics: ["rust"], hidden: false }
      const late = { ...first, id: "bluesky:2", platform: "bluesky", author: "somebody else", text: "late" }
      const early = { ...first, id: "bluesky:1", platform: "bluesky", text: "early" }
      yield* write([early])
      yield* mark([touched(early)])
      yield* snapshot(
        Effect.gen(function* () {
          const sql = yield* PgClient.PgClient
          yield* sql`select 1`
          yield* Effect.andThen(write([late]), mark([touched(late)])).pipe(Effect.provide(elsewhere))
          assert.deepInclude(yield* recompute({ limit: 400, horizon: 0 }), { marked: 1, marks: 1, written: 1 })
        }),
      )
      assert.strictEqual((yield* stored).windows.values().next().value!.signals, 1)
      assert.deepStrictEqual(yield* marksLeft, [`bluesky ${bucketOf(late.countedAt)}`])
      yield* rounds(400)
      assertSame(yield* stored, recount([early, late], []))
      assert.deepStrictEqual(yield* marksLeft, [])
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("a round that dies before its commit has changed nothing, and the next one does its work", () =>
    Effect.gen(function* () {
      const rng = chance(7)
      const signals = Array.from({ length: 50 }, (_, id) => someSignal(rng, id))
      yield* write(signals)
      yield* mark(signals.map(touched))
      const died = yield* snapshot(Effect.andThen(recompute({ limit: 400, horizon: 0 }), Effect.fail("killed"))).pipe(Effect.flip)
      assert.strictEqual(died, "killed")
      assert.strictEqual((yield* stored).windows.size, 0)
      assert.strictEqual((yield* marksLeft).length, 50)
      yield* rounds(400)
      assertSame(yield* stored, recount(signals, []))
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("newest buckets come first, and a bucket beyond retention keeps its rows", () =>
    Effect.gen(function* () {
      const rng = chance(8)
      const signals = [0, 1, 2].map((i) => ({
        ...someSignal(rng, i),
        platform: "bluesky",
        topics: ["rust"],
        hidden: false,
        countedAt: start + i * BUCKET,
      }))
      yield* write(signals)
      yield* mark(signals.map(touched))
      yield* recompute({ limit: 2, horizon: 0 })
      assert.deepStrictEqual(yield* marksLeft, [`bluesky ${start}`])
      yield* rounds(400)
      yield* remove(signals.map(({ id }) => id))
      yield* mark(signals.map(touched))
      assert.deepInclude(yield* recompute({ limit: 400, horizon: start + 2 * BUCKET }), { marked: 3, recomputed: 1, marks: 3, deleted: 1 })
      assert.deepStrictEqual([...(yield* stored).volumes.keys()].sort(), [`bluesky ${start}`, `bluesky ${start + BUCKET}`])
      assert.deepStrictEqual(yield* marksLeft, [])
    }).pipe(Effect.provide(TestPostgres.layer)),
  )
})
