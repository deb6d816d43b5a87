/**
 * Kills the whole program ten times at random moments while the simulator produces, then lets it catch up and compares the database
 * with what was planted: every signal once, no count doubled, cursors never back. `npm run test:crash [-- SEED]`.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import { EmbeddedPostgres } from "@signalflow/platform/postgres/embedded/EmbeddedPostgres"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import * as Logging from "@signalflow/platform/telemetry/Logging"
import { Effect, Layer } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { DATABASE } from "../src/layers/Database.ts"
import * as SimulatorProcess from "../src/layers/SimulatorProcess.ts"
import { command } from "./Command.ts"
import { environment } from "./Environment.ts"

const KILLS = 10
const HOURS = 6
const CATCH_UP = 180_000

const seed = Number(process.argv[2] ?? Math.floor(Math.random() * 1e6))
let state = seed
/** Mulberry32: the moments of a run can be had again by its seed. */
const random = () => {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

const directory = mkdtempSync(join(tmpdir(), "signalflow-crash-"))
// Or root's database user could not pass.
chmodSync(directory, 0o755)
const dataDirectory = join(directory, "data")

interface Planted {
  readonly id: string
  readonly removed: "deleted" | "hidden" | null
  readonly shownAt: number
}

const truth = async (url: string, until: number): Promise<ReadonlyArray<Planted>> => {
  const response = await fetch(`${url}/__truth?limit=100000&until=${until}`)
  const page = (await response.json()) as { signals: ReadonlyArray<Planted> }
  return page.signals
}

const start = (url: string): ChildProcess =>
  spawn(process.execPath, [command, "up"], {
    stdio: ["ignore", "ignore", "inherit"],
    // The world begins at a quarter of an hour, up to 15 minutes before its history is this long.
    env: environment(dataDirectory, url, HOURS + 1),
  })

const database = Postgres.layerEmbedded({ poolSize: 2 }).pipe(
  Layer.provideMerge(EmbeddedPostgres.layer({ directory: dataDirectory, database: DATABASE })),
  Layer.provide(Logging.layer({ level: "error", format: "pretty" })),
)

const query = <A>(run: (sql: PgClient.PgClient) => Effect.Effect<A, unknown>): Promise<A> =>
  Effect.runPromise(Effect.flatMap(PgClient.PgClient, run).pipe(Effect.provide(database)))

/** A cursor as one rising number: the last id of the walk, the last sequence of the stream. */
const cursors = () =>
  query((sql) =>
    Effect.gen(function* () {
      const exists = yield* sql`select 1 from information_schema.tables where table_name = 'source_cursors'`
      if (exists.length === 0) return new Map<string, number>()
      const rows = yield* sql<{
        name: string
        position: Record<string, unknown>
      }>`select platform || '/' || target as name, position from source_cursors`
      return new Map(rows.map(({ name, position }) => [name, Number(position["last"] ?? position["seq"] ?? position["done"] ?? 0)]))
    }),
  )

const problems: Array<string> = []
const check = (holds: boolean, what: string) => {
  if (!holds) problems.push(what)
}

const emit = (url: string, count: number, perSecond: number) =>
  fetch(`${url}/__emit`, {
    method: "POST",
    body: JSON.stringify({ count, perSecond, platform: random() < 0.5 ? "bluesky" : "hackernews" }),
  })

const sample = (ids: ReadonlyArray<string>) => `${ids.length} (${ids.slice(0, 5).join(", ")})`

const run = async (url: string) => {
  let before = new Map<string, number>()
  for (let kill = 1; kill <= KILLS; kill++) {
    const child = start(url)
    await emit(url, 400, 100)
    const after = Math.round(800 + random() * 7_000)
    await sleep(after)
    const withDatabase = random() < 0.4
    child.kill("SIGKILL")
    if (withDatabase) {
      const pid = await query((sql) => Effect.map(sql<{ pid: number }>`select 1 as pid`, () => 0)).then(
        () => Effect.runPromise(Effect.map(EmbeddedPostgres, (server) => server.pid).pipe(Effect.provide(database))),
        () => 0,
      )
      if (pid > 0) {
        try {
          process.kill(pid, "SIGKILL")
        } catch {
          // It had stopped with the last program that used it.
        }
      }
    }
    const now = await cursors()
    for (const [name, position] of before)
      check((now.get(name) ?? -1) >= position, `the cursor ${name} went back from ${position} to ${now.get(name)} at kill ${kill}`)
    before = now
    console.log(`kill ${kill}/${KILLS} after ${after} ms${withDatabase ? ", with its database" : ""}`)
  }

  const until = Date.now()
  const child = start(url)
  const deadline = Date.now() + CATCH_UP
  const stored = () => query((sql) => sql<{ id: string; hidden: boolean }>`select id, hidden from signals`)
  let missing: ReadonlyArray<string> = []
  let lingering: ReadonlyArray<string> = []
  let rows: ReadonlyArray<{ id: string; hidden: boolean }> = []
  while (Date.now() < deadline) {
    await sleep(2_000)
    rows = await stored()
    const planted = await truth(url, until)
    const visible = new Set(rows.filter(({ hidden }) => !hidden).map(({ id }) => id))
    missing = planted
      .filter(({ id, removed }) => removed === null && !visible.has(id))
      .map(({ id, shownAt }) => `${id} of ${new Date(shownAt).toISOString().slice(11, 19)}`)
    lingering = planted.filter(({ id, removed }) => removed !== null && visible.has(id)).map(({ id }) => id)
    if (missing.length === 0 && lingering.length === 0 && rows.length > 0) break
  }
  check(missing.length === 0, `planted and missing: ${sample(missing)}`)
  check(lingering.length === 0, `removed and still shown: ${sample(lingering)}`)
  const everything = new Set((await truth(url, Date.now() + 3_600_000)).map(({ id }) => id))
  const invented = rows.filter(({ id }) => !everything.has(id)).map(({ id }) => id)
  check(invented.length === 0, `stored and never planted: ${sample(invented)}`)

  // Ends in order, so that what is compared does not change.
  child.kill("SIGTERM")
  await new Promise((done) => child.once("exit", done))
  const facts = await query((sql) =>
    Effect.gen(function* () {
      const marks = yield* sql<{ n: number }>`select count(distinct (platform, bucket))::int as n from touched_windows`
      const letters = yield* sql<{ n: number }>`select count(*)::int as n from dlq_events`
      const wrong = yield* sql<{ n: number }>`with counted as (
          select platform, date_bin('15 minutes', counted_at, 'epoch'::timestamptz) as bucket, count(*)::int as signals
          from signals where not hidden group by 1, 2)
        select count(*)::int as n from counted c full join platform_timeseries w using (platform, bucket)
        where c.signals is distinct from w.signals and not exists (select 1 from touched_windows t where t.platform = coalesce(c.platform, w.platform) and t.bucket = coalesce(c.bucket, w.bucket))`
      const topics = yield* sql<{ n: number }>`with counted as (
          select t.topic, platform, date_bin('15 minutes', counted_at, 'epoch'::timestamptz) as bucket, count(*)::int as signals
          from signals, unnest(topics) as t (topic) where not hidden group by 1, 2, 3)
        select count(*)::int as n from counted c full join topic_timeseries w using (topic, platform, bucket)
        where c.signals is distinct from nullif(w.signals, 0) and not exists (select 1 from touched_windows t where t.platform = coalesce(c.platform, w.platform) and t.bucket = coalesce(c.bucket, w.bucket))`
      return { marks: marks[0]!.n, letters: letters[0]!.n, wrong: wrong[0]!.n, topics: topics[0]!.n }
    }),
  )
  check(facts.letters === 0, `${facts.letters} dead letters`)
  check(facts.wrong === 0, `${facts.wrong} platform windows with another count than their signals`)
  check(facts.topics === 0, `${facts.topics} topic windows with another count than their signals`)
  console.log(`${rows.length} signals stored, ${facts.marks} windows left to compute`)
}

const program = Effect.gen(function* () {
  const url = yield* SimulatorProcess.start(["--seed", "7", "--history", String(HOURS), "--lookback", String(HOURS + 2), "--speed", "3"])
  yield* Effect.promise(() => run(url))
}).pipe(Effect.scoped)

console.log(`seed ${seed}, data in ${directory}`)
await Effect.runPromise(program)
rmSync(directory, { recursive: true, force: true })
for (const problem of problems) console.error(`✗ ${problem}`)
console.log(problems.length === 0 ? `${KILLS} kills: nothing lost, nothing doubled, no cursor went back` : `failed with seed ${seed}`)
process.exit(problems.length === 0 ? 0 : 1)
