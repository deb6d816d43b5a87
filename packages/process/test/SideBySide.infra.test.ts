import { groups } from "@signalflow/domain/bus/Groups"
import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import { SignalConsumer, SignalPublisher, signalRecord } from "@signalflow/domain/bus/SignalBus"
import { migrate, status, waitFor } from "@signalflow/platform/postgres/migrations/Migrations"
import * as PgBus from "@signalflow/platform/postgres/bus/PgBus"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import * as Sql from "@signalflow/platform/postgres/Sql"
import { Effect, Fiber, Layer, Schedule } from "effect"
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { connectionTo, missing, testServer } from "../../platform/test/postgres/RealPostgres.ts"
import { migrations } from "../../platform/test/TestPostgres.ts"
import { DeadLetters } from "../src/deadletters/DeadLetters.ts"
import * as Pipeline from "../src/pipeline/Pipeline.ts"
import * as PgSignalStore from "../src/store/PgSignalStore.ts"
import { SignalStore } from "../src/store/SignalStore.ts"
import { NOON, observed } from "./events.ts"
import { surroundings } from "./InMemory.ts"

const poll = Schedule.spaced("20 millis")

/** The store of the next version: it knows one column more. */
const nextStore = Layer.effect(
  SignalStore,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const store = yield* SignalStore
    return SignalStore.of({
      ...store,
      transact: (scope, decide) =>
        Effect.tap(store.transact(scope, decide), ({ changes }) =>
          Effect.orDie(
            sql`update signals set origin = 'next' where id = any(${Sql.text(changes.upserts.map(({ signal }) => signal.id))}::text[])`,
          ),
        ),
    })
  }),
).pipe(Layer.provide(PgSignalStore.layer))

/** What a program of either version runs on, all its own but the database. */
const program = (pool: Layer.Layer<PgClient.PgClient, unknown>, store: typeof PgSignalStore.layer) =>
  Layer.mergeAll(PgBus.layer({ balanceEvery: "100 millis" }), store, DeadLetters.layer).pipe(
    Layer.provideMerge(Layer.merge(pool, surroundings({ BATCH_SIZE: 20 }))),
  )

describe.skipIf(missing !== null)("an old and a new program on one database", () => {
  it.live("work side by side while the change between them is applied, widened first and narrowed last", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const directory = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "signalflow-next-"))),
        (made) => Effect.sync(() => rmSync(made, { recursive: true })),
      )
      cpSync(migrations, directory, { recursive: true })
      const pool = Postgres.layer(connectionTo(server))

      yield* Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        const known = (yield* migrate(migrations)).length
        const bus = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        yield* consumer.register(Pipeline.subscription)

        let published = 0
        const publish = Effect.suspend(() =>
          bus.publish(Array.from({ length: 20 }, () => signalRecord(observed({ id: String(published++), observedAt: NOON + published })))),
        )
        const publishing = yield* Effect.forkScoped(Effect.repeat(publish, Schedule.spaced("5 millis")))
        const origins = Effect.map(
          sql<{ old: number; next: number; all: number }>`select count(*) filter (where to_jsonb(s) ->> 'origin' is null)::int4 as old,
            count(*) filter (where to_jsonb(s) ->> 'origin' = 'next')::int4 as next, count(*)::int4 as all from signals s`,
          (rows) => rows[0]!,
        )
        const until = (good: (found: Effect.Success<typeof origins>) => boolean) =>
          origins.pipe(Effect.repeat({ until: good, schedule: poll }), Effect.timeout("30 seconds"))

        const old = yield* Effect.forkScoped(
          Effect.andThen(waitFor(known), Pipeline.run).pipe(Effect.provide(program(pool, PgSignalStore.layer))),
        )
        const next = yield* Effect.forkScoped(
          Effect.andThen(waitFor(known + 1), Pipeline.run).pipe(Effect.provide(program(pool, nextStore))),
        )
        yield* until(({ old }) => old > 200)
        assert.strictEqual((yield* origins).next, 0)

        writeFileSync(
          join(directory, `V${known + 1}__widen.sql`),
          "alter table signals add column origin text;\ncreate index on signals (origin);\n",
        )
        assert.lengthOf(yield* migrate(directory), 1)
        const widened = yield* until(({ next }) => next > 200)
        yield* until(({ old }) => old > widened.old + 200)
        assert.match((yield* Effect.flip(migrate(migrations))).message, /use the newer program/)
        assert.strictEqual(yield* waitFor(known), known + 1)
        assert.isUndefined(old.pollUnsafe())
        assert.isUndefined(next.pollUnsafe())

        // The last old program is gone: now what it could not have filled may be demanded.
        yield* Fiber.interrupt(old)
        writeFileSync(
          join(directory, `V${known + 2}__narrow.sql`),
          "alter table signals alter column origin set default 'unknown';\nupdate signals set origin = 'unknown' where origin is null;\nalter table signals alter column origin set not null;\n",
        )
        yield* migrate(directory)
        assert.strictEqual((yield* status(directory)).version, known + 2)
        const narrowed = yield* origins
        yield* until(({ next }) => next > narrowed.next + 200)
        yield* Fiber.interrupt(publishing)

        yield* consumer
          .unread(groups.process)
          .pipe(Effect.repeat({ until: ({ messages }) => messages === 0, schedule: poll }), Effect.timeout("30 seconds"))
        const end = yield* until(({ all }) => all >= published - 20)
        assert.strictEqual(end.old, 0)
        const [lost] = yield* sql<{
          n: number
          letters: number
        }>`select (select count(*)::int4 from generate_series(0, ${published - 21}) as g
          where not exists (select from signals where id = 'hackernews:' || g)) as n, (select count(*)::int4 from dlq_events) as letters`
        assert.deepStrictEqual(lost, { n: 0, letters: 0 })
        assert.isUndefined(next.pollUnsafe())
      }).pipe(Effect.provide(Layer.provideMerge(PgBus.layer({ balanceEvery: "100 millis" }), pool)))
    }).pipe(Effect.scoped),
  )
})
