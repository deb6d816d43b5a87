import { groups } from "@signalflow/domain/bus/Groups"
import { assert, it } from "@effect/vitest"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as LiveFeed from "@signalflow/domain/live/LiveFeed"
import { Platform } from "@signalflow/domain/signals/Platform"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings } from "@signalflow/domain/settings/Settings"
import { signalId } from "@signalflow/domain/signals/Signal"
import { signalRecord, SignalConsumer, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import type { SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import { VelocityCache } from "@signalflow/domain/VelocityCache"
import { Cursors } from "@signalflow/ingest/stores/Cursors"
import { Engagement } from "@signalflow/ingest/sources/bluesky/Engagement"
import * as Embedded from "@signalflow/platform/postgres/embedded/EmbeddedPostgres"
import { migrate } from "@signalflow/platform/postgres/migrations/Migrations"
import * as PgBus from "@signalflow/platform/postgres/bus/PgBus"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import { KeyPlace } from "@signalflow/platform/secrets/InstanceKeys"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, Layer, Schedule } from "effect"
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as TestPostgres from "../../platform/test/TestPostgres.ts"
import * as Aggregation from "../src/trends/Aggregation.ts"
import { DeadLetters } from "../src/deadletters/DeadLetters.ts"
import { erasing } from "../src/retention/Erasing.ts"
import * as PgSignalStore from "../src/store/PgSignalStore.ts"
import * as Pipeline from "../src/pipeline/Pipeline.ts"
import * as Retention from "../src/retention/Retention.ts"
import { signal } from "./events.ts"

const platform = Platform.make("bluesky")
const [ADA, BOB] = ["did:plc:adaforgetme", "did:plc:bobremains"]
/** What must be nowhere when it is removed, and the words that stay beside it. */
const NEEDLES = ["quixotic marmalade", "zanzibar flügelhorn", "ungovernable walrus", ADA, "adas-own-handle.example"]
const STAYS = "perennial lighthouse"

const everything = (sql: PgClient.PgClient) =>
  Effect.gen(function* () {
    const names = yield* sql<{ name: string }>`select c.oid::regclass::text as name from pg_class c
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'm')`
    assert.isAbove(names.length, 20)
    const found: Array<string> = []
    for (const { name } of names)
      for (const { text } of yield* sql<{ text: string }>`select t::text as text from ${sql.literal(name)} as t`)
        found.push(`${name}: ${text}`)
    return found
  })

const filesOf = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  )

const holding = (directory: string, needle: string) =>
  filesOf(directory).filter((file) => statSync(file).size > 0 && readFileSync(file).includes(needle))

it.live(
  "what was removed, a signal or an author, is in no table, on no bus topic, in no cache and in no file of the data directory (guarantee 4)",
  () =>
    Effect.gen(function* () {
      const directory = yield* Effect.acquireRelease(
        Effect.sync(() => {
          const made = mkdtempSync(join(tmpdir(), "signalflow-forgotten-"))
          chmodSync(made, 0o755)
          return made
        }),
        (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true })),
      )
      const data = yield* Effect.scoped(
        Effect.gen(function* () {
          const { host, port, username, password, database, data } = yield* Embedded.make({ directory, database: "signalflow" })
          const layers = Layer.mergeAll(PgSignalStore.layer, DeadLetters.layer, Cursors.layer).pipe(
            Layer.provideMerge(
              Layer.mergeAll(
                PgBus.layer({ minAge: 0, trimEvery: "200 millis" }),
                LiveFeed.layerMemory,
                VelocityCache.layerMemory,
                Readiness.layer,
                Metrics.layerTest,
                Settings.layerWith({ BATCH_TIMEOUT: "50 millis" as never }),
                Layer.succeed(KeyPlace, { folder: join(directory, "keys"), given: {} }),
              ),
            ),
            Layer.provideMerge(Layer.effectDiscard(migrate(TestPostgres.migrations))),
            Layer.provideMerge(Postgres.layer({ host, port, username, password, database, poolSize: 8 })),
          )
          yield* Effect.gen(function* () {
            const sql = yield* PgClient.PgClient
            const bus = yield* SignalConsumer
            const publisher = yield* SignalPublisher
            const feed = yield* LiveFeed.LiveSubscriber
            yield* bus.register(Pipeline.subscription)
            yield* Effect.forkScoped(Pipeline.run)
            const now = Date.now()
            const seen = (author: string, id: string, body: string, parent: string | null = null): SignalEvent => ({
              _tag: "Observed",
              signal: {
                ...signal({
                  platform: "bluesky",
                  id: `${author}/${id}`,
                  author,
                  title: "",
                  body,
                  publishedAt: now - 60_000,
                  observedAt: now - 60_000,
                }),
                permalink: `https://bsky.app/profile/${author}/post/${id}`,
                parentId: parent === null ? null : signalId("bluesky", parent),
              },
            })
            const publish = (...events: ReadonlyArray<SignalEvent>) => publisher.publish(events.map((event) => signalRecord(event)))
            const settled = Effect.flatMap(bus.unread(groups.process), ({ messages }) =>
              messages === 0 ? Effect.void : Effect.fail("unread"),
            ).pipe(Effect.retry(Schedule.spaced("50 millis")), Effect.timeout("30 seconds"))
            const events = [
              seen(ADA, "1", `Some ${NEEDLES[0]} #jam`),
              seen(ADA, "2", `More ${NEEDLES[1]}`),
              seen(BOB, "1", `An ${NEEDLES[2]}`),
              seen(BOB, "2", `A ${STAYS}`, `${ADA}/1`),
            ]
            yield* publish(...events)
            // One that nobody can read.
            const poison = JSON.stringify({ _tag: "Observed", signal: { platform: "bluesky", author: ADA, body: NEEDLES[0] } })
            yield* publisher.publish([{ ...signalRecord(events[0]!), key: `bluesky:${ADA}/9`, value: poison }])
            yield* settled
            const engagement = new Engagement("test")
            for (const event of events) engagement.note(event, true, now * 1_000)
            yield* (yield* Cursors).store("bluesky", "posts", { engagement: engagement.toPosition() })
            yield* Aggregation.round
            yield* sql`checkpoint`
            yield* sql`insert into author_names (platform, author, name, at) values ('bluesky', ${ADA}, ${NEEDLES.at(-1)!}, now())`
            yield* sql`checkpoint`
            const before = yield* everything(sql)
            for (const needle of NEEDLES) {
              assert.isTrue(
                before.some((row) => row.includes(needle)),
                `${needle} was never there`,
              )
              assert.isNotEmpty(holding(data, needle), needle)
            }

            const at = now - 1_000
            const removed = { _tag: "Removed", kind: "deleted", at, why: "test" } as const
            yield* publish({ ...removed, target: { _tag: "Signal", id: signalId("bluesky", `${BOB}/1`) } })
            yield* publish({ ...removed, target: { _tag: "Author", platform, author: ADA } })
            yield* settled
            // A late one of each.
            yield* publish(seen(ADA, "3", NEEDLES[1]!), seen(BOB, "1", NEEDLES[2]!), seen(BOB, "3", `Another ${STAYS}`, `${ADA}/2`))
            yield* settled
            yield* Aggregation.round
            yield* Retention.sweep(now)
            yield* Effect.repeat(sql<{ n: number }>`select count(*)::int as n from bus_messages`, {
              until: ([row]) => row!.n === 0,
              schedule: Schedule.spaced("100 millis"),
            }).pipe(Effect.timeout("30 seconds"))
            const after = yield* everything(sql)
            for (const needle of NEEDLES)
              assert.deepStrictEqual(
                after.filter((row) => row.includes(needle)),
                [],
                needle,
              )
            assert.isTrue(after.some((row) => row.includes(STAYS)))
            const live = JSON.stringify(yield* feed.position)
            assert.notInclude(live, ADA)
            const known = yield* (yield* VelocityCache).read([signalId("bluesky", `${ADA}/1`), signalId("bluesky", `${BOB}/1`)])
            assert.strictEqual(known.size, 0)
            yield* sql`select pg_stat_force_next_flush()`
            // What somebody uses, or an open snapshot may still see, is left for the next time.
            const erase = yield* erasing
            yield* Effect.repeat(erase, {
              until: () => NEEDLES.every((needle) => holding(directory, needle).length === 0),
              schedule: Schedule.spaced("100 millis"),
            }).pipe(Effect.timeoutOption("30 seconds"))
          }).pipe(Effect.scoped, Effect.provide(layers))
          return data
        }),
      )
      for (const needle of NEEDLES) assert.deepStrictEqual(holding(directory, needle), [], needle)
      assert.isNotEmpty(holding(data, STAYS))
    }).pipe(Effect.scoped),
  120_000,
)
