import { groups } from "@signalflow/domain/bus/Groups"
import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import * as LiveFeed from "@signalflow/domain/live/LiveFeed"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings } from "@signalflow/domain/settings/Settings"
import { SignalConsumer, SignalPublisher, signalRecord } from "@signalflow/domain/bus/SignalBus"
import { VelocityCache } from "@signalflow/domain/VelocityCache"
import { migrate } from "@signalflow/platform/postgres/migrations/Migrations"
import * as PgBus from "@signalflow/platform/postgres/bus/PgBus"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, Layer, Redacted, Schedule } from "effect"
import { closeSync, openSync, rmSync, truncateSync, writeSync } from "node:fs"
import { join } from "node:path"
import {
  postgresMissing,
  type PostgresServer,
  type PostgresServerOptions,
  startPostgres,
  tmpfsMissing,
} from "../../../infra/test/postgres.ts"
import { migrations } from "../../platform/test/TestPostgres.ts"
import { DeadLetters } from "../src/deadletters/DeadLetters.ts"
import * as Pipeline from "../src/pipeline/Pipeline.ts"
import * as PgSignalStore from "../src/store/PgSignalStore.ts"
import { NOON, observed } from "./events.ts"

const missing = postgresMissing()
const BATCH = 40
const text = "A long text, so that it takes room. ".repeat(60)

const poll = Schedule.spaced("50 millis")

const around = ({ host, port, username, password, database }: PostgresServer) => {
  const reports: Array<string> = []
  const onState = (state: "ok" | "down", why?: string) => Effect.sync(() => void (state === "down" && reports.push(why ?? "")))
  const pool = Postgres.layer({ host, port, username, database, password: Redacted.make(password), statementTimeout: "10 seconds" })
  const stores = Layer.mergeAll(PgBus.layer({ onState }), PgSignalStore.layer, DeadLetters.layer)
  const rest = Layer.mergeAll(
    LiveFeed.layerMemory,
    VelocityCache.layerMemory,
    Readiness.layer,
    Metrics.layerTest,
    Settings.layerWith({ BATCH_SIZE: 50 }),
  )
  return {
    layer: stores.pipe(Layer.provideMerge(Layer.mergeAll(Layer.effectDiscard(migrate(migrations)).pipe(Layer.provideMerge(pool)), rest))),
    reports,
  }
}

/** Publishes and processes without a pause while `trouble` comes over the database; then everything that was acknowledged must be there. */
const survives = (
  options: PostgresServerOptions,
  trouble: (
    server: PostgresServer,
    seen: { readonly standing: Effect.Effect<string, never, Readiness>; readonly more: Effect.Effect<void> },
  ) => Effect.Effect<void, unknown, Readiness>,
) =>
  Effect.gen(function* () {
    const server = yield* Effect.acquireRelease(
      Effect.promise(() => startPostgres(options)),
      (made) => Effect.promise(() => made.destroy()),
    )
    const { layer, reports } = around(server)
    yield* Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const bus = yield* SignalPublisher
      const consumer = yield* SignalConsumer
      yield* consumer.register(Pipeline.subscription)
      const readiness = yield* Readiness

      const acknowledged: Array<string> = []
      const errors: Array<string> = []
      let next = 0
      const publish = Effect.gen(function* () {
        const events = Array.from({ length: BATCH }, () => observed({ id: String(next++), body: text, observedAt: NOON + next }))
        yield* bus.publish(events.map((event) => signalRecord(event))).pipe(
          Effect.tapError((error) => Effect.sync(() => errors.push(error.message))),
          Effect.retry(poll),
        )
        acknowledged.push(...events.map(({ signal }) => signal.id))
      })
      yield* Effect.forkScoped(Pipeline.run)
      const publishing = yield* Effect.forkScoped(Effect.repeat(publish, Schedule.spaced("5 millis")))

      const at = (count: number) => Effect.repeat(Effect.void, { until: () => acknowledged.length >= count, schedule: poll })
      const more = Effect.suspend(() => at(acknowledged.length + 5 * BATCH))
      /** What is said while it stalls, by the program or to the publisher. */
      const standing = Effect.gen(function* () {
        const dependencies = yield* readiness.all
        return [
          ...dependencies.flatMap(({ state, why }) => (state === "down" ? [why ?? ""] : [])),
          ...reports.splice(0),
          ...errors.splice(0),
        ].join("\n")
      }).pipe(Effect.repeat({ until: (said) => said !== "", schedule: poll }))
      yield* Effect.asVoid(more)
      yield* trouble(server, { standing, more: Effect.asVoid(more) })
      yield* more
      yield* publishing.pipe((fiber) => Effect.sync(() => fiber.interruptUnsafe()))

      const read = Effect.gen(function* () {
        const { messages } = yield* consumer.unread(groups.process)
        const rows = yield* sql<{ id: string }>`select id from signals`
        return { messages, ids: new Set(rows.map(({ id }) => id)) }
      })
      const done = yield* read.pipe(
        Effect.retry(poll),
        Effect.repeat({ until: ({ messages, ids }) => messages === 0 && acknowledged.every((id) => ids.has(id)), schedule: poll }),
        Effect.timeout("60 seconds"),
      )
      assert.isAtLeast(done.ids.size, acknowledged.length)
      const [counts] = yield* sql<{
        letters: number
        history: number
        signals: number
      }>`select (select count(*)::int4 from dlq_events) as letters,
        (select count(*)::int4 from signal_metrics_history) as history, (select count(*)::int4 from signals) as signals`
      assert.deepInclude(counts, { letters: 0, history: counts!.signals })
      assert.strictEqual((yield* readiness.all).find(({ name }) => name === "process")?.state, "ok")
    }).pipe(Effect.scoped, Effect.provide(layer))
  }).pipe(Effect.scoped)

/** Fills a file system until nothing more fits, and gives back so many bytes. */
const fill = (file: string, left: number) =>
  Effect.sync(() => {
    const opened = openSync(file, "w")
    const zeros = Buffer.alloc(64 * 1024)
    let written = 0
    try {
      for (;;) written += writeSync(opened, zeros)
    } catch {
      closeSync(opened)
    }
    truncateSync(file, Math.max(0, written - left))
  })

describe.skipIf(missing !== null)("a database in trouble", () => {
  it.live("that is restarted under a running pipeline, as by a power cut and in order, loses nothing that was acknowledged", () =>
    survives({}, (server, { standing, more }) =>
      Effect.gen(function* () {
        for (const mode of ["immediate", "fast", "immediate"] as const) {
          yield* Effect.promise(() => server.stop(mode))
          assert.match(yield* standing, /ECONNREFUSED|the connection to PostgreSQL was lost|57P0/)
          yield* Effect.promise(() => server.start())
          yield* more
        }
      }),
    ),
  )

  it.live("whose postmaster is killed loses nothing that was acknowledged", () =>
    survives({}, (server, { standing, more }) =>
      Effect.gen(function* () {
        server.signal("SIGKILL")
        yield* standing
        yield* Effect.promise(() => server.start())
        yield* more
      }),
    ),
  )

  const cramped = missing === null ? tmpfsMissing() : missing

  it.live.skipIf(cramped !== null)("whose disk is full says so, and goes on when there is room", () =>
    survives({ tmpfs: { megabytes: 120, holds: "data" } }, (server, { standing }) =>
      Effect.gen(function* () {
        const ballast = join(server.data, "ballast")
        yield* fill(ballast, 256 * 1024)
        const full = standing.pipe(
          Effect.repeat({ until: (said) => said.includes("No space left on device") }),
          Effect.timeout("30 seconds"),
        )
        assert.match(yield* full, /could not extend file .*No space left on device \(53100/)
        assert.isTrue(server.runs())
        rmSync(ballast)
      }),
    ),
  )

  it.live.skipIf(cramped !== null)(
    "whose log of transactions has no room ends, and goes on when there is room and it was started again",
    () =>
      survives(
        { tmpfs: { megabytes: 72, holds: "log" }, settings: { min_wal_size: "32MB", max_wal_size: "32MB" } },
        (server, { standing }) =>
          Effect.gen(function* () {
            const ballast = join(server.wal, "ballast")
            yield* fill(ballast, 256 * 1024)
            yield* Effect.repeat(
              Effect.sync(() => server.log()),
              { until: (log) => /PANIC: .*No space left on device/.test(log), schedule: poll },
            ).pipe(Effect.timeout("30 seconds"))
            yield* standing
            rmSync(ballast)
            // It comes back by itself, or ends where it cannot recover; then whoever watches over it starts it again.
            const back = Effect.promise(async () => {
              if (!server.runs()) await server.start()
              try {
                return server.psql("select 1") === "1"
              } catch {
                return false
              }
            })
            yield* Effect.repeat(back, { until: (answers) => answers, schedule: poll })
          }),
      ),
  )
})
