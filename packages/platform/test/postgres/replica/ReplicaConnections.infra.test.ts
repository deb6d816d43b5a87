import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Latch } from "effect"
import type { Connection } from "effect/sql/SqlConnection"
import { afterAll, beforeAll } from "vitest"
import { type PostgresServer, startPostgres } from "../../../../../infra/test/postgres.ts"
import * as ReplicaConnections from "../../../src/postgres/replica/ReplicaConnections.ts"
import { connectionTo, missing } from "../RealPostgres.ts"

describe.skipIf(missing !== null)("a session on a replica", () => {
  let primary: PostgresServer
  let replica: PostgresServer
  beforeAll(async () => {
    primary = await startPostgres()
    replica = await primary.replica()
  })
  afterAll(async () => {
    await replica?.destroy()
    await primary?.destroy()
  })

  const make = Effect.gen(function* () {
    const known = { usable: true, covered: true, asked: 0 }
    const covers = () => {
      known.asked++
      return known.covered
    }
    const gone = Latch.makeUnsafe(false)
    const config = { ...connectionTo(replica), maxConnections: 1 }
    const lend = yield* ReplicaConnections.make(config, { usable: () => known.usable, covers, lost: () => {}, gone })
    return { lend, known, gone }
  })
  const one = (connection: Connection) => connection.execute("SELECT 1 AS one", [], undefined)

  it.live("is not lent before it has shown that it is no older than the replica that was looked at", () =>
    Effect.gen(function* () {
      const { lend, known } = yield* make
      known.covered = false
      assert.strictEqual((yield* Effect.flip(lend(one)))._tag, "NotNow")
      known.covered = true
      assert.deepStrictEqual(yield* lend(one), [{ one: 1 }])
      assert.deepStrictEqual(yield* lend(one), [{ one: 1 }])
      assert.strictEqual(known.asked, 2)
      known.covered = false
      yield* Effect.promise(() => replica.stop("immediate"))
      yield* Effect.promise(() => replica.start())
      const again = yield* Effect.flip(Effect.retry(lend(one), { while: (error) => error._tag === "SqlError", times: 3 }))
      assert.strictEqual(again._tag, "NotNow")
    }).pipe(Effect.scoped),
  )

  it.live("is not lent after a wait that made the replica too old", () =>
    Effect.gen(function* () {
      const { lend, known } = yield* make
      const has = yield* Deferred.make<void>()
      const release = yield* Deferred.make<void>()
      const first = yield* Effect.forkChild(lend(() => Effect.andThen(Deferred.succeed(has, undefined), Deferred.await(release))))
      yield* Deferred.await(has)
      const second = yield* Effect.forkChild(Effect.flip(lend(one)), { startImmediately: true })
      known.usable = false
      yield* Deferred.succeed(release, undefined)
      yield* Fiber.join(first)
      assert.strictEqual((yield* Fiber.join(second))._tag, "NotNow")
    }).pipe(Effect.scoped),
  )

  it.live("is given up when the replica is gone, and ends by itself", () =>
    Effect.gen(function* () {
      const { lend, gone } = yield* make
      const reading = yield* Effect.forkChild(Effect.flip(lend((connection) => connection.execute("SELECT pg_sleep(60)", [], undefined))))
      const sleeping = Effect.sync(() => replica.psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))
      yield* Effect.repeat(sleeping, { until: (count) => count === "1" })
      yield* gone.open
      assert.strictEqual((yield* Fiber.join(reading))._tag, "NotNow")
      yield* Effect.repeat(sleeping, { until: (count) => count === "0" })
      yield* gone.close
      assert.deepStrictEqual(yield* lend(one), [{ one: 1 }])
    }).pipe(Effect.scoped),
  )
})
