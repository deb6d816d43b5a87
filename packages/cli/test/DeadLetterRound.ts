import { groups } from "@signalflow/domain/bus/Groups"
import { assert } from "@effect/vitest"
import * as PgClient from "@effect/sql-pg/PgClient"
import { dlqTopicOf, signalsNormalised } from "@signalflow/domain/bus/BusTopic"
import { recordOf, toBus } from "@signalflow/domain/deadletters/DeadLetterRecord"
import { type Delivery, type Lane, SignalConsumer, SignalPublisher, signalRecord } from "@signalflow/domain/bus/SignalBus"
import { DeadLetters } from "@signalflow/process/deadletters/DeadLetters"
import * as DeadLetterService from "@signalflow/process/deadletters/DeadLetterService"
import * as PgSignalStore from "@signalflow/process/store/PgSignalStore"
import * as Pipeline from "@signalflow/process/pipeline/Pipeline"
import { LetterDesk } from "@signalflow/server/deadletters/DeadLetterQueries"
import { Replays } from "@signalflow/server/deadletters/Replays"
import { Duration, Effect, Layer, Stream } from "effect"
import { eventually } from "../../domain/test/Received.ts"
import { observed, removedAuthor, removedSignal } from "../../process/test/events.ts"
import { surroundings } from "../../process/test/InMemory.ts"

/** What pipeline, service and replays need beside a bus and a database. */
export const around = Layer.mergeAll(PgSignalStore.layer, DeadLetters.layer, LetterDesk.layer, Replays.layer).pipe(
  Layer.provideMerge(surroundings({ BATCH_TIMEOUT: Duration.millis(20) })),
)

const lane: Lane = { topic: signalsNormalised.name, partition: 0, ack: () => Effect.void }

export const dlq = dlqTopicOf(signalsNormalised)

export interface LetterRow {
  readonly id: number
  readonly key: string
  readonly payload: string
  readonly error_class: string
  readonly error: string
  readonly attempts: number
  readonly replays: number
  readonly replayed: boolean
  readonly parked: boolean
  readonly topic: string
}

export const letters = Effect.flatMap(
  PgClient.PgClient,
  (sql) => sql<LetterRow>`select id::int, topic, key, payload, error_class, error, attempts, replays, replayed_at is not null as replayed,
    parked_at is not null as parked from dlq_events order by id`,
)

export const stored = Effect.flatMap(PgClient.PgClient, (sql) =>
  Effect.map(sql<{ id: string }>`select id from signals order by id`, (rows) => rows.map(({ id }) => id)),
)

/** Makes the database refuse a signal for good, as a value does that it cannot hold; `accept` mends it. */
export const refuse = (id: string) =>
  Effect.flatMap(PgClient.PgClient, (sql) => sql`alter table signals add constraint refused check (id <> ${sql.literal(`'${id}'`)})`)
export const accept = Effect.flatMap(PgClient.PgClient, (sql) => sql`alter table signals drop constraint refused`)

/** Pipeline and service in the background, with everything that is ever seen of the `.dlq` topic. */
export const start = Effect.gen(function* () {
  const consumer = yield* SignalConsumer
  yield* consumer.register(Pipeline.subscription)
  yield* DeadLetterService.register
  const seen: Array<Delivery> = []
  yield* consumer.tail([dlq], 0).pipe(
    Stream.runForEach((delivery) => Effect.sync(() => void seen.push(delivery))),
    Effect.forkScoped,
  )
  yield* Effect.forkScoped(Pipeline.run)
  yield* Effect.forkScoped(DeadLetterService.run)
  return seen
})

const unread = Effect.flatMap(SignalConsumer, (bus) =>
  Effect.zipWith(bus.unread(groups.process), bus.unread(groups.deadLetters), (one, other) => one.messages + other.messages),
)
/** Both groups have read everything. */
export const settled = eventually(unread, (messages) => messages === 0)

const now = () => Date.now()
const fresh = (id: string, fields: Parameters<typeof observed>[0] = {}) =>
  observed({ id, publishedAt: now() - 60_000, observedAt: now(), ...fields })

/** Poison goes to the topic and to the table, its batch-mates are stored; replayed, it meets its row, is parked, and at last processed. */
export const round = Effect.gen(function* () {
  const { publish } = yield* SignalPublisher
  const replays = yield* Replays
  const seen = yield* start
  yield* refuse("hackernews:spoilt")
  yield* publish([
    ...["a", "b", "spoilt", "c"].map((id) => signalRecord(fresh(id), { traceparent: "00-1" })),
    { topic: signalsNormalised, key: "hackernews:broken", value: '{"_tag":"Observed","signal":', headers: { producer: "test" } },
  ])
  const first = yield* eventually(letters, (rows) => rows.length === 2)
  const spoilt = first.find(({ key }) => key === "hackernews:spoilt")!
  const broken = first.find(({ key }) => key === "hackernews:broken")!
  assert.deepInclude(spoilt, { error_class: "permanent", attempts: 1, replays: 0, parked: false })
  assert.include(spoilt.error, "refused")
  assert.deepInclude(broken, { error_class: "validation", payload: '{"_tag":"Observed","signal":' })
  assert.deepStrictEqual(yield* eventually(stored, (ids) => ids.length === 3), ["hackernews:a", "hackernews:b", "hackernews:c"])
  yield* eventually(
    Effect.sync(() => seen.length),
    (n) => n === 2,
  )
  const record = seen.find(({ key }) => key === "hackernews:spoilt")!
  assert.strictEqual(record.value, spoilt.payload)
  assert.deepInclude(record.headers, {
    traceparent: "00-1",
    "dlq-topic": "signals.normalised",
    "dlq-class": "permanent",
    "dlq-attempts": "1",
  })
  yield* settled
  assert.strictEqual((yield* letters).length, 2, "the service's row and the pipeline's are one")

  for (let n = 1; n <= 3; n++) {
    assert.deepStrictEqual((yield* replays.byId([spoilt.id])).replayed, [spoilt.id])
    const [again] = yield* eventually(
      Effect.map(letters, (rows) => rows.filter(({ id }) => id === spoilt.id)),
      ([row]) => row?.attempts === n + 1,
    )
    assert.deepInclude(again, { replays: n, replayed: false, parked: n === 3, error_class: "permanent" })
    assert.strictEqual((yield* letters).length, 2)
  }
  yield* eventually(
    Effect.sync(() => seen.length),
    (n) => n === 5,
  )
  yield* settled
  assert.deepStrictEqual((yield* replays.all({}, 100)).replayed, [broken.id], "what is parked is left alone")

  yield* accept
  assert.strictEqual((yield* replays.byId([spoilt.id])).replayed.length, 0)
  assert.deepStrictEqual((yield* replays.byId([spoilt.id], { force: true })).replayed, [spoilt.id])
  assert.include(yield* eventually(stored, (ids) => ids.length === 4), "hackernews:spoilt")
  const end = (yield* letters).find(({ id }) => id === spoilt.id)
  assert.deepInclude(end, { attempts: 4, replays: 4, replayed: true, parked: false })
})

/** Nothing of a removed signal or author stays in the table, comes back by a replay, or by a record that is read late. */
export const removal = Effect.gen(function* () {
  const { publish } = yield* SignalPublisher
  const replays = yield* Replays
  const sql = yield* PgClient.PgClient
  yield* start
  const poison = (id: string, author: string) => ({
    topic: signalsNormalised,
    key: `hackernews:${id}`,
    value: `{"_tag":"Observed","signal":{"id":"hackernews:${id}","author":"${author}","title":"private words`,
    headers: {},
  })
  yield* publish([poison("1", "ada"), poison("2", "bob"), poison("3", "eve"), signalRecord(fresh("4", { author: "bob" }))])
  yield* eventually(letters, (rows) => rows.length === 3)
  yield* settled
  const [ada] = yield* letters
  yield* publish([signalRecord(removedSignal("1", "deleted", now())), signalRecord(removedAuthor("bob", "deleted", now()))])
  const left = yield* eventually(letters, (rows) => rows.length === 1)
  assert.deepStrictEqual(
    left.map(({ key }) => key),
    ["hackernews:3"],
  )
  yield* settled
  assert.deepStrictEqual(yield* stored, [])

  // Sent again, and records of the letters that are read only now.
  const late = (id: string, author: string) =>
    toBus(
      recordOf({ delivery: { ...poison(id, author), lane, offset: 1, publishedAt: now() }, errorClass: "validation", error: "x" }, now()),
    )
  yield* publish([{ ...poison("1", "ada"), value: ada!.payload }, poison("5", "bob"), late("1", "ada"), late("6", "bob")])
  yield* settled
  assert.strictEqual((yield* letters).length, 1, "no letter of what was removed")
  assert.strictEqual((yield* replays.byId([ada!.id], { force: true })).refused[0]?.why, "there is no such dead letter")

  // A letter that escaped the removal.
  const [escaped] = yield* sql<{ id: number }>`
      insert into dlq_events (topic, partition, "offset", key, payload, headers, error_class, error, first_failed_at, last_failed_at)
      values ('signals.normalised', 0, 4711, 'hackernews:1', ${JSON.stringify(fresh("1", { observedAt: now() - 1_000 }))}, '{}', 'permanent', 'x', now(), now())
      returning id::int`
  assert.deepStrictEqual((yield* replays.byId([escaped!.id])).replayed, [escaped!.id])
  yield* eventually(letters, (rows) => rows.length === 1)
  yield* settled
  assert.deepStrictEqual(yield* stored, [])
})
