import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import { migrate } from "@signalflow/platform/postgres/migrations/Migrations"
import * as Sql from "@signalflow/platform/postgres/Sql"
import { Effect, type Layer } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { migrations } from "../../platform/test/TestPostgres.ts"
import * as HistoryHours from "../src/store/HistoryHours.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOON = Date.UTC(2026, 0, 10, 12)

interface Observation {
  readonly id: string
  readonly at: number
  readonly score: number | null
  readonly comments: number | null
  readonly views: number | null
  readonly velocity: number | null
}

const observation = (id: string, at: number, score: number | null = 1): Observation => ({
  id,
  at,
  score,
  comments: score === null ? null : score * 2,
  views: null,
  velocity: score === null ? null : score / 7,
})

/** The same numbers for the same seed. */
const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
  return seed / 2 ** 32
}

/** Some signals, seen at odd times through a few days, with counts that are missing now and then. */
const planted = (seed: number): ReadonlyArray<Observation> => {
  const next = random(seed)
  const all = new Map<string, Observation>()
  for (let i = 0; i < 1_500; i++) {
    const id = `planted:${Math.floor(next() * 40)}`
    const at = NOON - Math.floor(next() * 3 * DAY)
    const count = () => (next() < 0.2 ? null : Math.floor(next() * 1_000))
    all.set(`${id} ${at}`, { id, at, score: count(), comments: count(), views: count(), velocity: next() < 0.2 ? null : next() })
  }
  return [...all.values()]
}

const mean = (values: ReadonlyArray<number | null>): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length
}

/** What the hours must show, computed in memory. */
const expected = (observations: ReadonlyArray<Observation>, before: number) => {
  const groups = Map.groupBy(
    observations.filter(({ at }) => at < before),
    ({ id, at }) => `${id} ${Math.floor(at / HOUR) * HOUR}`,
  )
  return [...groups.values()].map((group) => {
    const inOrder = group.toSorted((a, b) => a.at - b.at)
    const scores = inOrder.map(({ score }) => score).filter((score) => score !== null)
    return {
      id: inOrder[0]!.id,
      hour: Math.floor(inOrder[0]!.at / HOUR) * HOUR,
      observations: inOrder.length,
      first: inOrder[0]!.score,
      last: inOrder.at(-1)!.score,
      max: scores.length === 0 ? null : Math.max(...scores),
      comments: inOrder.at(-1)!.comments,
      views: inOrder.at(-1)!.views,
      velocity: mean(inOrder.map(({ velocity }) => velocity)),
    }
  })
}

const insert = (observations: ReadonlyArray<Observation>) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    for (const day of new Set(observations.map(({ at }) => new Date(at).toISOString().slice(0, 10)))) {
      yield* sql`select ensure_history_partition(${day}::date)`
    }
    yield* sql`insert into signal_metrics_history (signal_id, observed_at, score, comments, views, score_velocity, comment_velocity)
      select * from unnest(${Sql.text(observations.map(({ id }) => id))}::text[], ${Sql.timestamptz(observations.map(({ at }) => at))}::timestamptz[],
        ${Sql.int4(observations.map(({ score }) => score))}::int[], ${Sql.int4(observations.map(({ comments }) => comments))}::int[],
        ${Sql.int8(observations.map(({ views }) => views))}::bigint[], ${Sql.float8(observations.map(({ velocity }) => velocity))}::float8[],
        ${Sql.float8(observations.map(({ velocity }) => (velocity === null ? null : -velocity)))}::float8[]) on conflict do nothing`
  })

const count = (table: string) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const rows = yield* sql<{ n: number }>`select count(*)::int4 as n from ${sql(table)}`
    return rows[0]!.n
  })

const inView = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const rows = yield* sql<{ view: boolean }>`select relkind = 'v' as view from pg_class where oid = 'signal_metrics_hourly'::regclass`
  return rows[0]!.view
})

const overBy = (now: number) => Math.floor((now - 5 * 60_000) / HOUR) * HOUR

/** Until all that was over is summarised: a transaction of any database of the server may have to end first. */
const settle = (now: number) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    if (yield* inView)
      return yield* sql.unsafe(`call refresh_continuous_aggregate('signal_metrics_hourly', null, '${new Date(overBy(now)).toISOString()}')`)
    const state = sql<{ open: boolean }>`select stage = 'open' and closed_before >= ${new Date(overBy(now))} as open from history_hours`
    return yield* Effect.repeat(Effect.andThen(HistoryHours.summarise(now), state), { until: (rows) => rows[0]!.open })
  })

const hours = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const rows = yield* sql<{ id: string; hour: Date; velocity: number | null; negative: number | null }>`
    select signal_id as id, hour, observations, score_first as first, score_last as last, score_max as max, comments_last as comments,
      views_last::int4 as views, score_velocity_mean as velocity, comment_velocity_mean as negative from signal_metrics_hourly`
  return rows.map(({ negative, ...row }) => {
    assert.closeTo(negative ?? 0, -(row.velocity ?? 0), 1e-9)
    return { ...row, hour: row.hour.getTime() }
  })
})

const assertHours = (found: Effect.Success<typeof hours>, wanted: ReturnType<typeof expected>) => {
  const lines = (rows: ReadonlyArray<{ id: string; hour: number; velocity?: number | null }>) =>
    rows
      .map(({ velocity, ...row }) => ({ ...row, velocity: velocity == null ? null : velocity.toFixed(9) }))
      .toSorted((a, b) => (`${a.id} ${a.hour}` < `${b.id} ${b.hour}` ? -1 : 1))
  assert.deepStrictEqual(lines(found), lines(wanted))
}

/** The migrations before the one that brings the hours. */
const earlier = Effect.acquireRelease(
  Effect.sync(() => {
    const directory = mkdtempSync(join(tmpdir(), "signalflow-earlier-"))
    for (const file of readdirSync(migrations)) if (/^V[1-6]__/.test(file)) cpSync(join(migrations, file), join(directory, file))
    return directory
  }),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true })),
)

/** What history and its hours promise, whatever keeps them. `empty` gives a database of its own, without a table. */
export const historySuite = (
  name: string,
  empty: Layer.Layer<PgClient.PgClient, SqlError>,
  expectations: { readonly history: "p" | "r"; readonly hours?: "p" | "v" },
) => {
  const on = <A, E>(effect: Effect.Effect<A, E, PgClient.PgClient>) =>
    migrate(migrations).pipe(Effect.andThen(effect), Effect.provide(empty), Effect.timeout("60 seconds"))

  describe(`history on ${name}`, { timeout: 120_000 }, () => {
    it.live("is kept as this server can", () =>
      on(
        Effect.gen(function* () {
          const sql = yield* PgClient.PgClient
          const rows = yield* sql<{ name: string; kind: string }>`
            select relname as name, relkind::text as kind from pg_class where relname in ('signal_metrics_history', 'signal_metrics_hourly')`
          const kinds = new Map(rows.map(({ name, kind }) => [name, kind]))
          assert.strictEqual(kinds.get("signal_metrics_history"), expectations.history)
          if (expectations.hours !== undefined) assert.strictEqual(kinds.get("signal_metrics_hourly"), expectations.hours)
          yield* sql`select ensure_history_partition('2026-01-10'::date), ensure_history_partition('2026-01-10'::date)`
        }),
      ),
    )

    it.live("keeps the rows that were there before the hours came", () =>
      Effect.gen(function* () {
        const before = planted(1)
        yield* migrate(yield* earlier)
        yield* insert(before)
        yield* migrate(migrations)
        assert.strictEqual(yield* count("signal_metrics_history"), before.length)
        yield* settle(NOON)
        assertHours(yield* hours, expected(before, overBy(NOON)))
      }).pipe(Effect.scoped, Effect.provide(empty)),
    )

    it.live("shows every hour that is over as computed in memory, and no hour before it is over", () =>
      on(
        Effect.gen(function* () {
          const all = planted(2)
          yield* insert(all.filter((_, index) => index % 2 === 0))
          yield* settle(NOON - DAY - HOUR / 2)
          yield* insert(all)
          yield* insert([observation("late:1", NOON - 1), observation("late:1", NOON + 1), observation("late:2", NOON + HOUR)])
          const at = NOON + 4 * 60_000
          yield* settle(at)
          assertHours(yield* hours, expected(all, NOON - HOUR))
          yield* settle(at + 60_000)
          assertHours(yield* hours, expected([...all, observation("late:1", NOON - 1)], NOON))
        }),
      ),
    )

    it.live("folds in what comes late and takes out what is removed, however old the hour", () =>
      on(
        Effect.gen(function* () {
          const sql = yield* PgClient.PgClient
          const all = planted(3)
          yield* insert(all)
          yield* settle(NOON)
          const late = [
            observation("planted:1", NOON - 70 * HOUR, 5_000),
            observation("planted:99", NOON - 90 * HOUR, 7),
            observation("planted:2", NOON - 2 * HOUR, null),
          ]
          yield* insert(late)
          yield* sql`delete from signal_metrics_history where signal_id in ('planted:3', 'planted:4')`
          const one = all.find(({ id }) => id === "planted:5")!
          yield* sql`delete from signal_metrics_history where signal_id = ${one.id} and observed_at = ${new Date(one.at)}`
          yield* settle(NOON)
          const left = [...all, ...late].filter((row) => row.id !== "planted:3" && row.id !== "planted:4" && row !== one)
          assertHours(yield* hours, expected(left, overBy(NOON)))
        }),
      ),
    )

    it.live("counts what was being written while its hour was closed", () =>
      on(
        Effect.gen(function* () {
          const sql = yield* PgClient.PgClient
          yield* insert([observation("early:1", NOON - 2 * HOUR)])
          const writing = yield* sql.reserve
          const execute = (text: string) => writing.executeUnprepared(text, [], undefined)
          yield* execute("begin")
          yield* execute(
            `insert into signal_metrics_history (signal_id, observed_at, score, comments) values ('slow:1', '${new Date(NOON - 2 * HOUR).toISOString()}', 1, 2)`,
          )
          if (!(yield* inView)) yield* HistoryHours.summarise(NOON)
          yield* execute("commit")
          yield* settle(NOON)
          assert.sameMembers(
            (yield* hours).map(({ id }) => id),
            ["early:1", "slow:1"],
          )
        }).pipe(Effect.scoped),
      ),
    )

    it.live("drops whole days of both before a time, and nothing younger", () =>
      on(
        Effect.gen(function* () {
          const sql = yield* PgClient.PgClient
          const midnight = NOON - 12 * HOUR
          const all = [
            ...Array.from({ length: 30 }, (_, day) => observation(`old:${day}`, midnight - DAY - day * DAY - 1)),
            observation("edge:1", midnight - DAY),
            observation("edge:2", midnight - 1),
            observation("young:1", midnight + 1),
          ]
          yield* insert(all)
          yield* settle(NOON)
          assertHours(yield* hours, expected(all, overBy(NOON)))
          const drop = sql<{ n: number }>`select drop_history_before(${new Date(midnight - 1)}) as n`
          const first = (yield* drop)[0]!.n
          assert.isAbove(first, 0)
          yield* Effect.repeat(drop, { until: (rows) => rows[0]!.n === 0 })
          assertHours(yield* hours, expected(all.slice(30), overBy(NOON)))
          const left = yield* sql<{ id: string }>`select signal_id as id from signal_metrics_history order by observed_at`
          assert.deepStrictEqual(
            left.map(({ id }) => id),
            ["edge:1", "edge:2", "young:1"],
          )
          yield* settle(NOON)
          assertHours(yield* hours, expected(all.slice(30), overBy(NOON)))
        }),
      ),
    )

    it.live("goes on where it was left, in steps of any size, and one at a time", () =>
      on(
        Effect.gen(function* () {
          if (yield* inView) return
          const sql = yield* PgClient.PgClient
          const all = planted(4)
          yield* insert(all)
          const step = (marks: number, rows: number) =>
            sql<{ more: boolean }>`select summarise_history(${new Date(NOON)}, ${marks}, ${rows}) as more`
          yield* step(3, 7)
          yield* insert([observation("planted:1", NOON - 50 * HOUR, 4_000)])
          const holder = yield* sql.reserve
          yield* holder.executeUnprepared("begin", [], undefined)
          yield* holder.executeUnprepared("select * from history_hours for update", [], undefined)
          assert.isFalse((yield* step(3, 7))[0]!.more)
          yield* holder.executeUnprepared("rollback", [], undefined)
          const done = sql<{ stage: string }>`select stage from history_hours`
          let steps = 0
          while (steps++ < 100_000) {
            const [{ more } = { more: false }] = yield* step(3, 7)
            if (!more && (yield* done)[0]!.stage === "open") break
          }
          assert.isAbove(steps, 150)
          assert.strictEqual(yield* count("touched_history"), 0)
          assertHours(yield* hours, expected([...all, observation("planted:1", NOON - 50 * HOUR, 4_000)], overBy(NOON)))
        }).pipe(Effect.scoped),
      ),
    )
  })
}
