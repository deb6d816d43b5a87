import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, it } from "@effect/vitest"
import { ackAll, type Gap, SignalConsumer, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import { Deferred, Effect, Fiber, Layer, type Scope, Stream } from "effect"
import { eventually, freshTopic, receive, record, until } from "../../../../domain/test/Received.ts"
import * as PgBus from "../../../src/postgres/bus/PgBus.ts"
import * as TestPostgres from "../../TestPostgres.ts"

const withBus =
  (options: PgBus.PgBusOptions = {}, postgres = TestPostgres.layer) =>
  <A, E>(effect: Effect.Effect<A, E, SignalPublisher | SignalConsumer | PgClient.PgClient | Scope.Scope>) =>
    effect.pipe(
      Effect.scoped,
      Effect.provide(
        PgBus.layer({ minAge: 0, trimEvery: "20 millis", balanceEvery: "50 millis", ...options }).pipe(Layer.provideMerge(postgres)),
      ),
    )

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => String(from + index))

const waitingPublisher = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const ask = sql`
    SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE OF p%'`
  yield* eventually(ask, (rows) => rows.length > 0)
})

const stored = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  return yield* sql<{
    topic: string
    key: string
    value: string
  }>`SELECT topic, key, value FROM bus_messages ORDER BY topic, partition, "offset"`
})

const dropped = new Map<string, number>()

it.live("stores nothing of a topic that no group has registered for, and counts it; what is published with it is stored", () =>
  Effect.gen(function* () {
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const [wanted, unwanted] = [freshTopic(3), freshTopic(3)]
    yield* consumer.register({ group: "g", topics: [wanted] })
    yield* publish(numbers(4).map((n) => record(Number(n) % 2 === 0 ? wanted : unwanted, `k${n}`, n)))
    assert.deepStrictEqual((yield* stored).map(({ value }) => value).sort(), ["0", "2"])
    assert.strictEqual(dropped.get(unwanted.name), 2)
    assert.isFalse(dropped.has(wanted.name))
    yield* consumer.register({ group: "g", topics: [unwanted] })
    yield* publish([record(unwanted, "k", "late")])
    assert.isTrue((yield* stored).some(({ value }) => value === "late"))
  }).pipe(withBus({ onDropped: (topic, records) => Effect.sync(() => dropped.set(topic, (dropped.get(topic) ?? 0) + records)) })),
)

it.live("never lets a reader pass an offset that is still in flight, and does not hold up other partitions for it", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const [topic, other] = [freshTopic(1), freshTopic(1)]
    yield* consumer.register({ group: "g", topics: [topic, other] })
    yield* publish([record(topic, "k", "before"), record(other, "k", "before")])
    const received = yield* receive(consumer.deliveries({ group: "g", topics: [topic, other] }))
    yield* received.atLeast(2)
    const [taken, go] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
    const holding = Effect.andThen(Deferred.succeed(taken, undefined), Deferred.await(go))
    const slow = yield* Effect.forkScoped(sql.withTransaction(Effect.andThen(publish([record(topic, "k", "slow")]), holding)))
    yield* Deferred.await(taken)
    const quick = yield* Effect.forkScoped(publish([record(topic, "k", "quick")]))
    yield* waitingPublisher
    yield* publish([record(other, "k", "elsewhere")])
    yield* until(() => received.values().includes("elsewhere"))
    assert.isFalse(received.values().includes("quick"))
    yield* Deferred.succeed(go, undefined)
    yield* Fiber.joinAll([slow, quick])
    yield* received.atLeast(5)
    assert.deepStrictEqual(
      received.all.filter((delivery) => delivery.lane.topic === topic.name).map((delivery) => delivery.value),
      ["before", "slow", "quick"],
    )
  }).pipe(withBus()),
)

it.live("lets many publish to the same partitions in any order without a deadlock or a loss", () =>
  Effect.gen(function* () {
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const topics = [freshTopic(6), freshTopic(3)]
    yield* consumer.register({ group: "g", topics })
    const all = numbers(40).flatMap((n) => topics.map((topic, index) => record(topic, `k${n}`, `${index}:${n}`)))
    yield* Effect.forEach(
      numbers(8),
      (publisher) =>
        Effect.forEach(numbers(10), (round) => {
          const shift = (Number(publisher) * 17 + Number(round) * 29) % all.length
          const rotated = [...all.slice(shift), ...all.slice(0, shift)]
          return publish(
            (Number(publisher) % 2 === 0 ? rotated : rotated.toReversed()).map((one) => ({
              ...one,
              value: `${publisher}/${round}/${one.value}`,
            })),
          )
        }),
      { concurrency: "unbounded", discard: true },
    )
    const values = (yield* stored).map(({ value }) => value)
    assert.strictEqual(values.length, 8 * 10 * all.length)
    assert.strictEqual(new Set(values).size, values.length)
    assert.strictEqual((yield* consumer.unread("g")).messages, values.length)
  }).pipe(withBus()),
)

it.live("fails a publish that the database refuses, stores nothing of it, and works again after", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const topic = freshTopic(2)
    yield* consumer.register({ group: "g", topics: [topic] })
    yield* sql`ALTER TABLE bus_messages RENAME TO bus_messages_away`
    const error = yield* Effect.flip(publish(numbers(10).map((n) => record(topic, `k${n}`, n))))
    assert.strictEqual(error._tag, "BusError")
    assert.strictEqual(error.operation, "publish")
    assert.include(error.message, "bus_messages")
    yield* sql`ALTER TABLE bus_messages_away RENAME TO bus_messages`
    assert.strictEqual((yield* consumer.unread("g")).messages, 0)
    yield* publish([record(topic, "k", "after")])
    assert.strictEqual((yield* consumer.unread("g")).messages, 1)
  }).pipe(withBus()),
)

const states: Array<string> = []

it.live("goes on after its connections are cut: what was not acknowledged comes once more, an old acknowledgement has no effect", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const topic = freshTopic(2)
    const subscription = { group: "g", topics: [topic] }
    yield* consumer.register(subscription)
    yield* publish(numbers(20).map((n) => record(topic, `k${n}`, n)))
    const received = yield* receive(consumer.deliveries(subscription))
    const tailed = yield* receive(consumer.tail([topic], 0))
    yield* received.atLeast(20)
    yield* tailed.atLeast(20)
    const stale = [...received.all]
    const done = stale.filter((delivery) => delivery.lane.partition === 0).slice(0, 3)
    yield* ackAll(done)
    yield* sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`
    yield* received.atLeast(37)
    assert.deepStrictEqual(new Set(received.values().slice(20)), new Set(numbers(20).filter((n) => !done.some(({ value }) => value === n))))
    yield* ackAll(stale)
    assert.strictEqual((yield* consumer.unread("g")).messages, 17)
    yield* ackAll(received.all.slice(20))
    assert.strictEqual((yield* consumer.unread("g")).messages, 0)
    yield* publish([record(topic, "k", "after")])
    yield* received.atLeast(38)
    yield* until(() => tailed.values().includes("after"))
    assert.strictEqual(received.all.length, 38)
    assert.strictEqual(tailed.all.length, 21)
    assert.include(states, "down")
    assert.strictEqual(states.at(-1), "ok")
  }).pipe(withBus({ onState: (state) => Effect.sync(() => states.push(state)) })),
)

it.live("hands the partitions of a consumer whose connection is gone to another", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const topic = freshTopic(1)
    const subscription = { group: "g", topics: [topic] }
    yield* consumer.register(subscription)
    yield* publish(numbers(3).map((n) => record(topic, "k", n)))
    const owner = yield* receive(consumer.deliveries(subscription))
    yield* owner.atLeast(3)
    const heir = yield* receive(consumer.deliveries(subscription))
    yield* eventually(sql`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock'`, (rows) => rows.length === 2)
    yield* sql`ALTER TABLE bus_groups RENAME TO bus_groups_away`
    yield* sql`
      SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'advisory' AND l.mode = 'ExclusiveLock' AND a.application_name LIKE '% bus g'`
    yield* heir.atLeast(3)
    yield* ackAll(owner.all)
    yield* sql`ALTER TABLE bus_groups_away RENAME TO bus_groups`
    assert.strictEqual((yield* consumer.unread("g")).messages, 3)
    yield* ackAll(heir.all)
    assert.strictEqual((yield* consumer.unread("g")).messages, 0)
  }).pipe(withBus()),
)

it.live("gives no partition to two consumers that come at the same moment", () =>
  Effect.gen(function* () {
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const topic = freshTopic(6)
    const subscription = { group: "g", topics: [topic] }
    yield* consumer.register(subscription)
    yield* publish(numbers(120).map((n) => record(topic, `k${n}`, n)))
    const all = yield* Effect.forEach(numbers(5), () => receive(consumer.deliveries(subscription)))
    const values = () => all.flatMap((received) => received.values())
    yield* until(() => new Set(values()).size === 120)
    yield* publish(numbers(120, 120).map((n) => record(topic, `k${n}`, n)))
    yield* until(() => new Set(values()).size >= 120 && values().length >= 240)
    assert.strictEqual(new Set(values()).size, values().length)
  }).pipe(withBus({ balanceEvery: "1 hour" })),
)

it.live("takes a partition from a consumer that does not acknowledge, whose later acknowledgement has no effect", () =>
  Effect.gen(function* () {
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const topic = freshTopic(2)
    const subscription = { group: "g", topics: [topic] }
    yield* consumer.register(subscription)
    yield* publish(numbers(20).map((n) => record(topic, `k${n}`, n)))
    const stuck = yield* receive(consumer.deliveries(subscription))
    yield* stuck.atLeast(20)
    const other = yield* receive(consumer.deliveries(subscription))
    yield* until(() => other.all.length > 0)
    const moved = other.all[0]!.lane.partition
    const inMoved = stuck.all.filter((delivery) => delivery.lane.partition === moved)
    yield* other.atLeast(inMoved.length)
    yield* ackAll(stuck.all)
    assert.strictEqual((yield* consumer.unread("g")).messages, inMoved.length)
    yield* ackAll(other.all)
    assert.strictEqual((yield* consumer.unread("g")).messages, 0)
  }).pipe(withBus({ leaveWithin: "100 millis" })),
)

it.live("expires a group that was gone too long, and tells it of the gap when it returns, once", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const topic = freshTopic(1)
    yield* consumer.register({ group: "away", topics: [topic] })
    yield* consumer.register({ group: "here", topics: [topic] })
    yield* publish(numbers(5).map((n) => record(topic, "k", n)))
    const here = yield* receive(consumer.deliveries({ group: "here", topics: [topic] }), (delivery) => delivery.lane.ack([delivery.offset]))
    yield* here.atLeast(5)
    assert.strictEqual((yield* stored).length, 5)
    yield* sql`UPDATE bus_groups SET seen_at = now() - interval '73 hours' WHERE "group" = 'away'`
    yield* eventually(stored, (rows) => rows.length === 0)
    yield* here.close
    yield* publish([record(topic, "k", "5")])
    yield* consumer.register({ group: "away", topics: [topic] })
    const gaps: Array<Gap> = []
    const onGap = (gap: Gap) => Effect.sync(() => void gaps.push(gap))
    const back = yield* receive(consumer.deliveries({ group: "away", topics: [topic], onGap }))
    yield* back.atLeast(1)
    assert.deepStrictEqual(gaps, [{ topic: topic.name, partition: 0, from: 0, to: 5 }])
    assert.deepStrictEqual(back.values(), ["5"])
    yield* back.close
    const again = yield* receive(consumer.deliveries({ group: "away", topics: [topic], onGap }))
    yield* again.atLeast(1)
    assert.strictEqual(gaps.length, 1)
  }).pipe(withBus()),
)

it.live("keeps a group that was unavailable for less than that", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const topic = freshTopic(1)
    yield* consumer.register({ group: "weekend", topics: [topic] })
    yield* consumer.register({ group: "old", topics: [topic] })
    yield* publish([record(topic, "k", "friday")])
    yield* sql`UPDATE bus_groups SET seen_at = now() - CASE WHEN "group" = 'old' THEN interval '73 hours' ELSE interval '71 hours' END`
    yield* eventually(sql`SELECT 1 FROM bus_groups WHERE "group" = 'old' AND expired_at IS NOT NULL`, (rows) => rows.length > 0)
    const received = yield* receive(consumer.deliveries({ group: "weekend", topics: [topic] }))
    yield* received.atLeast(1)
    assert.deepStrictEqual(received.values(), ["friday"])
  }).pipe(withBus()),
)

it.live("does not expire a group that has a consumer, wherever the clock was set", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const topic = freshTopic(1)
    yield* consumer.register({ group: "gone", topics: [topic] })
    yield* consumer.register({ group: "here", topics: [topic] })
    const here = yield* receive(consumer.deliveries({ group: "here", topics: [topic] }))
    yield* publish([record(topic, "k", "1")])
    yield* here.atLeast(1)
    yield* sql`UPDATE bus_groups SET seen_at = now() - interval '100 hours'`
    yield* eventually(sql`SELECT 1 FROM bus_groups WHERE "group" = 'gone' AND expired_at IS NOT NULL`, (rows) => rows.length > 0)
    const [row] = yield* eventually(
      sql<{ expired: boolean; seen: boolean }>`
        SELECT expired_at IS NOT NULL AS expired, seen_at > now() - interval '1 hour' AS seen FROM bus_groups WHERE "group" = 'here'`,
      ([row]) => row!.expired || row!.seen,
    )
    assert.deepStrictEqual(row, { expired: false, seen: true })
    assert.strictEqual((yield* consumer.unread("here")).messages, 1)
  }).pipe(withBus()),
)

it.live("trims what is from the future, because the clock was set back", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const topic = freshTopic(1)
    yield* consumer.register({ group: "g", topics: [topic] })
    yield* publish(numbers(4).map((n) => record(topic, "k", n)))
    yield* sql`UPDATE bus_messages SET published_at = published_at + interval '5 hours' WHERE "offset" < 2`
    const received = yield* receive(consumer.deliveries({ group: "g", topics: [topic] }))
    yield* ackAll(yield* received.atLeast(4))
    yield* eventually(stored, (rows) => rows.length < 4)
    assert.deepStrictEqual(
      (yield* stored).map(({ value }) => value),
      ["2", "3"],
    )
  }).pipe(withBus({ minAge: "1 hour" })),
)

it.live("does not trim what is younger than minAge", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const topic = freshTopic(1)
    yield* consumer.register({ group: "g", topics: [topic] })
    yield* publish(numbers(4).map((n) => record(topic, "k", n)))
    const received = yield* receive(consumer.deliveries({ group: "g", topics: [topic] }))
    yield* ackAll(yield* received.atLeast(4))
    yield* sql`UPDATE bus_messages SET published_at = published_at - interval '2 hours' WHERE "offset" < 2`
    yield* eventually(stored, (rows) => rows.length < 4)
    assert.deepStrictEqual(
      (yield* stored).map(({ value }) => value),
      ["2", "3"],
    )
  }).pipe(withBus({ minAge: "1 hour" })),
)

it.live("trims in pieces, however much has been acknowledged", () =>
  Effect.gen(function* () {
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const topic = freshTopic(1)
    yield* consumer.register({ group: "g", topics: [topic] })
    for (let batch = 0; batch < 5; batch++) yield* publish(numbers(1_000, batch * 1_000).map((n) => record(topic, "k", n)))
    const received = yield* receive(consumer.deliveries({ group: "g", topics: [topic], maxInFlight: 10_000 }))
    yield* ackAll((yield* received.atLeast(5_000)).slice(0, 4_990))
    yield* eventually(stored, (rows) => rows.length === 10)
    assert.deepStrictEqual(
      (yield* stored).map(({ value }) => value),
      numbers(10, 4_990),
    )
  }).pipe(withBus()),
)

it.live("delivers by notification alone", () =>
  Effect.gen(function* () {
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const topic = freshTopic(1)
    yield* consumer.register({ group: "g", topics: [topic] })
    const received = yield* receive(consumer.deliveries({ group: "g", topics: [topic] }))
    for (let n = 1; n <= 20; n++) {
      yield* publish([record(topic, "k", String(n))])
      yield* received.atLeast(n)
    }
  }).pipe(withBus({ pollEvery: "1 hour" })),
)

it.live("delivers by looking alone where notifications do not arrive", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const consumer = yield* SignalConsumer
    const topic = freshTopic(1)
    yield* consumer.register({ group: "g", topics: [topic] })
    const received = yield* receive(consumer.deliveries({ group: "g", topics: [topic] }))
    yield* eventually(sql`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock'`, (rows) => rows.length > 0)
    for (let n = 0; n < 3; n++) {
      yield* sql`
        WITH head AS (UPDATE bus_partitions SET next_offset = next_offset + 1 WHERE topic = ${topic.name} RETURNING topic, partition, next_offset)
        INSERT INTO bus_messages (topic, partition, "offset", key, value, headers, published_at)
        SELECT topic, partition, next_offset - 1, 'k', 'quiet', '{}', now() FROM head`
      yield* received.atLeast(n + 1)
    }
  }).pipe(withBus({ pollEvery: "20 millis" })),
)

it.live("stores a NUL in a key or a value as the replacement character, and forgets by the same key", () =>
  Effect.gen(function* () {
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const topic = freshTopic(2)
    yield* consumer.register({ group: "g", topics: [topic] })
    yield* publish([record(topic, "author:x:a\u0000b", "one\u0000two"), record(topic, "kept", "\ud800")])
    assert.deepStrictEqual(new Set((yield* stored).map(({ value }) => value)), new Set(["one\ufffdtwo", "\ufffd"]))
    yield* consumer.forget(topic, [{ key: "author:x:a\u0000b", before: 1_000 }])
    assert.deepStrictEqual(
      (yield* stored).map(({ key }) => key),
      ["kept"],
    )
  }).pipe(withBus()),
)

it.live("works on the smallest pool: readers have connections of their own", () =>
  Effect.gen(function* () {
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const topic = freshTopic(6)
    yield* consumer.register({ group: "a", topics: [topic] })
    yield* consumer.register({ group: "b", topics: [topic] })
    const readers = yield* Effect.forEach(["a", "b"], (group) =>
      receive(consumer.deliveries({ group, topics: [topic] }), (delivery) => delivery.lane.ack([delivery.offset])),
    )
    const tailed = yield* receive(consumer.tail([topic], 0))
    yield* Effect.forEach(numbers(50), (n) => publish([record(topic, `k${n}`, n)]), { concurrency: "unbounded" })
    for (const reader of [...readers, tailed]) yield* reader.atLeast(50)
  }).pipe(withBus({}, TestPostgres.layerWith({ poolSize: 2 }))),
)

it.live("survives a stream that is given up in the middle", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const topic = freshTopic(6)
    yield* consumer.register({ group: "g", topics: [topic] })
    yield* publish(numbers(100).map((n) => record(topic, `k${n}`, n)))
    for (let n = 0; n < 5; n++) {
      const some = yield* consumer.deliveries({ group: "g", topics: [topic] }).pipe(Stream.take(10), Stream.runCollect)
      assert.strictEqual(some.length, 10)
    }
    yield* eventually(
      sql`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '% bus %'`,
      (rows) => rows.length === 0,
    )
    assert.strictEqual((yield* consumer.unread("g")).messages, 100)
  }).pipe(withBus()),
)
