import { assert, describe, it } from "@effect/vitest"
import { Settings } from "@signalflow/domain/settings/Settings"
import { BusError, type BusRecord, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import { Deferred, Effect, Fiber, Layer, Context } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import * as TestPostgres from "../../../platform/test/TestPostgres.ts"
import { Replays } from "../../src/deadletters/Replays.ts"
import { NOON, plant } from "./Letters.ts"

/** A bus that keeps what it is given; each publish passes `gate` first. */
class Recorded extends Context.Service<
  Recorded,
  { readonly batches: Array<ReadonlyArray<BusRecord>>; gate: Effect.Effect<void, BusError> }
>()("test/Recorded") {}

const bus = Layer.effectContext(
  Effect.sync(() => {
    const recorded: Recorded["Service"] = { batches: [], gate: Effect.void }
    return Context.make(SignalPublisher, {
      publish: (records) =>
        Effect.suspend(() => {
          recorded.batches.push(records)
          return recorded.gate
        }),
    }).pipe(Context.add(Recorded, recorded))
  }),
)

const Test = Replays.layer.pipe(Layer.provideMerge(Layer.mergeAll(bus, TestPostgres.layer, Settings.layer)))

interface Row {
  readonly attempts: number
  readonly replays: number
  readonly replayed: boolean
  readonly parked: boolean
  readonly error_class: string
  readonly error: string
}

const row = (id: number) =>
  Effect.flatMap(
    SqlClient,
    (sql) => sql<Row>`select attempts, replays, replayed_at is not null as replayed, parked_at is not null as parked, error_class, error
      from dlq_events where id = ${id}`,
  ).pipe(Effect.map(([found]) => found!))

describe("Replays", () => {
  it.live("a letter goes to its own topic with its key, payload and headers, and with where it was; then it is marked", () =>
    Effect.gen(function* () {
      const replays = yield* Replays
      const { batches } = yield* Recorded
      const id = yield* plant({ offset: 41, partition: 3, attempts: 2, replays: 1, headers: { producer: "test", schema_version: "1" } })
      const other = yield* plant({ offset: 7, topic: "reddit.comments", key: null })
      assert.deepStrictEqual(yield* replays.byId([other, id, 999, id]), {
        replayed: [id, other],
        refused: [{ id: 999, why: "there is no such dead letter" }],
      })
      const records = batches.flat()
      assert.deepStrictEqual(records[0], {
        topic: { name: "signals.normalised", partitions: 6 },
        key: "hackernews:41",
        value: "payload 41",
        headers: {
          producer: "test",
          schema_version: "1",
          "dlq-topic": "signals.normalised",
          "dlq-partition": "3",
          "dlq-offset": "41",
          "dlq-attempts": "2",
          "dlq-replays": "2",
          "dlq-first-failed-at": new Date(NOON + 41_000).toISOString(),
        },
      })
      assert.deepStrictEqual([records[1]!.topic, records[1]!.key], [{ name: "reddit.comments", partitions: 3 }, ""])
      assert.deepInclude(yield* row(id), { replayed: true, replays: 2, attempts: 2 })
    }).pipe(Effect.provide(Test)),
  )

  it.live("all that wait are replayed, the oldest first, within a limit; what is parked, was replayed or is not whole stays", () =>
    Effect.gen(function* () {
      const replays = yield* Replays
      const recorded = yield* Recorded
      const first = yield* plant({ offset: 1 })
      const second = yield* plant({ offset: 2, errorClass: "permanent" })
      const third = yield* plant({ offset: 3, topic: "reddit.comments" })
      yield* plant({ offset: 4, parkedAt: new Date(NOON), replays: 3, attempts: 4 })
      yield* plant({ offset: 5, replayedAt: new Date(NOON) })
      yield* plant({ offset: 6, altered: "the payload was cut" })
      yield* plant({ offset: 7, topic: "signals.normalised.dlq" })
      const since = new Date(NOON + 2_500)
      const take = Effect.sync(() => recorded.batches.splice(0).flatMap((batch) => batch.map(({ key }) => key)))
      assert.deepStrictEqual(yield* replays.all({ since }, 10), { replayed: [third], refused: [], left: 0 })
      assert.deepStrictEqual(yield* replays.all({ errorClass: "permanent", topic: "signals.normalised" }, 10), {
        replayed: [second],
        refused: [],
        left: 0,
      })
      const fourth = yield* plant({ offset: 8 })
      yield* take
      assert.deepStrictEqual(yield* replays.all({}, 1), { replayed: [first], refused: [], left: 1 })
      assert.deepStrictEqual(yield* replays.all({}, 1), { replayed: [fourth], refused: [], left: 0 })
      assert.deepStrictEqual(yield* replays.all({}, 1), { replayed: [], refused: [], left: 0 })
      assert.deepStrictEqual(yield* take, ["hackernews:1", "hackernews:8"])
    }).pipe(Effect.provide(Test)),
  )

  it.live("a parked letter, and one that was replayed and has not failed since, is sent by id with force alone", () =>
    Effect.gen(function* () {
      const replays = yield* Replays
      const { batches } = yield* Recorded
      const parked = yield* plant({ offset: 1, parkedAt: new Date(NOON), replays: 3, attempts: 4, error: "too odd" })
      const gone = yield* plant({ offset: 2, replayedAt: new Date(NOON) })
      const cut = yield* plant({ offset: 3, altered: "the payload was cut" })
      const foreign = yield* plant({ offset: 4, topic: "signals.normalised.dlq" })
      const { replayed, refused } = yield* replays.byId([parked, gone, cut, foreign])
      assert.deepStrictEqual(replayed, [])
      assert.deepStrictEqual(
        refused.map(({ why }) => why),
        [
          "it is parked: its replay failed 3 times, the last time with: too odd",
          "it was replayed at 2026-06-10T12:00:00.000Z and has not failed since",
          "its message is not whole (the payload was cut)",
          "nothing is replayed to signals.normalised.dlq",
        ],
      )
      assert.strictEqual(batches.length, 0)
      assert.deepStrictEqual((yield* replays.byId([parked, gone, cut, foreign], { force: true })).replayed, [parked, gone])
      assert.deepInclude(yield* row(parked), { replayed: true, parked: false, replays: 4 })
    }).pipe(Effect.provide(Test)),
  )

  it.live("of two replays of one letter at the same time one wins, the other is told", () =>
    Effect.gen(function* () {
      const recorded = yield* Recorded
      const go = yield* Deferred.make<void>()
      const reached = yield* Deferred.make<void>()
      recorded.gate = Effect.andThen(Deferred.succeed(reached, undefined), Deferred.await(go))
      const id = yield* plant({ offset: 1 })
      // Another process: a service of its own.
      const elsewhere = yield* Effect.provide(Replays, Layer.fresh(Replays.layer))
      const first = yield* Effect.forkChild((yield* Replays).byId([id]))
      yield* Deferred.await(reached)
      assert.deepStrictEqual(yield* elsewhere.byId([id], { force: true }), {
        replayed: [],
        refused: [{ id, why: "somebody else is replaying it now" }],
      })
      assert.deepInclude(yield* row(id), { replayed: false, replays: 0 })
      yield* Deferred.succeed(go, undefined)
      assert.deepStrictEqual((yield* Fiber.join(first)).replayed, [id])
      assert.strictEqual(recorded.batches.length, 1)
      assert.deepInclude(yield* row(id), { replayed: true, replays: 1 })
    }).pipe(Effect.provide(Test)),
  )

  it.live("a bus that is unavailable loses nothing: the letters stay, as transient, and go when it is back", () =>
    Effect.gen(function* () {
      const replays = yield* Replays
      const recorded = yield* Recorded
      const id = yield* plant({ offset: 1 })
      recorded.gate = Effect.fail(new BusError({ operation: "publish", message: "no broker", cause: "down" }))
      const error = yield* Effect.flip(replays.all({}, 10))
      assert.include(error.message, "1 letter(s) were not replayed, and stay: no broker")
      assert.deepInclude(yield* row(id), {
        replayed: false,
        parked: false,
        replays: 0,
        attempts: 2,
        error_class: "transient",
        error: "it could not be replayed: no broker",
      })
      recorded.gate = Effect.void
      assert.deepStrictEqual((yield* replays.all({ errorClass: "transient" }, 10)).replayed, [id])
      assert.deepInclude(yield* row(id), { replayed: true, replays: 1 })
    }).pipe(Effect.provide(Test)),
  )

  it.live("a crash between publishing and marking leaves the letter open: it is sent twice, and never lost", () =>
    Effect.gen(function* () {
      const replays = yield* Replays
      const recorded = yield* Recorded
      const sql = yield* SqlClient
      const id = yield* plant({ offset: 1 })
      // The connection that holds the letter.
      recorded.gate = Effect.ignore(sql`select pg_terminate_backend(pg_backend_pid())`)
      assert.strictEqual((yield* Effect.flip(replays.byId([id])))._tag, "SqlError")
      assert.strictEqual(recorded.batches.length, 1)
      assert.deepInclude(yield* row(id), { replayed: false, replays: 0, attempts: 1 })
      recorded.gate = Effect.void
      assert.deepStrictEqual((yield* replays.byId([id])).replayed, [id])
      assert.deepStrictEqual(recorded.batches[1], recorded.batches[0])
    }).pipe(Effect.provide(Test)),
  )

  it.live("a letter that the bus will never take does not hold up the others", () =>
    Effect.gen(function* () {
      const replays = yield* Replays
      const recorded = yield* Recorded
      const [first, second, third] = [yield* plant({ offset: 1 }), yield* plant({ offset: 2 }), yield* plant({ offset: 3 })]
      recorded.gate = Effect.suspend(() => {
        const refused = recorded.batches
          .at(-1)!
          .flatMap(({ topic, key }, index) => (key.endsWith("2") ? [{ index, topic: topic.name, key, bytes: 1_000_000 }] : []))
        return refused.length === 0
          ? Effect.void
          : Effect.fail(new BusError({ operation: "publish", message: "too large", cause: "", refused }))
      })
      assert.deepStrictEqual(yield* replays.all({}, 10), {
        replayed: [first, third],
        refused: [{ id: second, why: "the bus does not take it: too large" }],
        left: 0,
      })
      assert.deepInclude(yield* row(second), { replayed: false, attempts: 1, error_class: "validation" })
      assert.deepInclude(yield* row(third), { replayed: true, replays: 1 })
    }).pipe(Effect.provide(Test)),
  )

  it.live("large letters go in runs that fit into memory", () =>
    Effect.gen(function* () {
      const replays = yield* Replays
      const { batches } = yield* Recorded
      for (let offset = 0; offset < 20; offset++) yield* plant({ offset, payload: "x".repeat(850_000) })
      assert.strictEqual((yield* replays.all({}, 100)).replayed.length, 20)
      assert.deepStrictEqual(
        batches.map(({ length }) => length),
        [9, 9, 2],
      )
    }).pipe(Effect.provide(Test)),
  )
})
