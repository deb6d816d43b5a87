import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Stream } from "effect"
import { partitionOf } from "../src/BusTopic.ts"
import { ackAll, SignalConsumer, SignalPublisher } from "../src/SignalBus.ts"
import { eventually, freshTopic, receive, record, until } from "./Received.ts"

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => String(from + index))

/**
 * The contract of every bus. `layer` must trim soon after the last acknowledgement; consumers may take some seconds to share partitions.
 * A test has its own topics and groups, so that the layer may be shared.
 */
export const suite = <E>(
  name: string,
  bus: Layer.Layer<SignalPublisher | SignalConsumer, E>,
  options: { /** A bus that removes by expiry alone neither forgets nor trims. */ readonly removes?: "by expiry" } = {},
) =>
  layer(bus, { excludeTestServices: true })(`SignalBus (${name})`, (it) => {
    const whereRemoving = options.removes === "by expiry" ? it.effect.skip : it.effect

    it.effect("keeps the order of each key, in the partition of Kafka's partitioner, with rising offsets", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = freshTopic(6)
        const received = yield* receive(consumer.deliveries({ group: "order", topics: [topic] }), (delivery) =>
          delivery.lane.ack([delivery.offset]),
        )
        yield* consumer.register({ group: "order", topics: [topic] })
        for (let batch = 0; batch < 10; batch++)
          yield* publish(numbers(60, batch * 60).map((n) => record(topic, `hackernews:${Number(n) % 25}`, n)))
        yield* received.atLeast(600)
        for (let key = 0; key < 25; key++) {
          const of = received.all.filter((delivery) => delivery.key === `hackernews:${key}`)
          assert.deepStrictEqual(
            of.map((delivery) => Number(delivery.value)),
            Array.from({ length: 24 }, (_, index) => index * 25 + key),
          )
          assert.isTrue(of.every((delivery) => delivery.lane.partition === partitionOf(`hackernews:${key}`, 6)))
        }
        for (let partition = 0; partition < 6; partition++) {
          const offsets = received.all.filter((delivery) => delivery.lane.partition === partition).map((delivery) => delivery.offset)
          assert.isTrue(offsets.every((offset, index) => index === 0 || offset > offsets[index - 1]!))
        }
      }),
    )

    it.effect("carries key, value, headers and time as they were published", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = freshTopic(1)
        yield* consumer.register({ group: "carry", topics: [topic] })
        const value = JSON.stringify({ text: "é 東京 👍 \u0000 \ud800 'quote' \\ \n", list: [1, null] })
        const headers = { traceparent: "00-a-b-01", odd: "\u0000 \ud800 \"'" }
        const before = Date.now()
        yield* publish([{ topic, key: "bluesky:at://did:plc:é/x", value, headers }])
        const received = yield* receive(consumer.deliveries({ group: "carry", topics: [topic] }))
        const [delivery] = yield* received.atLeast(1)
        assert.strictEqual(delivery!.key, "bluesky:at://did:plc:é/x")
        assert.strictEqual(delivery!.value, value)
        assert.deepStrictEqual(delivery!.headers, headers)
        assert.strictEqual(delivery!.lane.topic, topic.name)
        assert.isTrue(Math.abs(delivery!.publishedAt - before) < 60_000)
      }),
    )

    it.effect("brings what was not acknowledged again to the next subscriber, and only that", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = freshTopic(1)
        const subscription = { group: "again", topics: [topic] }
        yield* consumer.register(subscription)
        yield* publish(numbers(10).map((n) => record(topic, "k", n)))
        const first = yield* receive(consumer.deliveries(subscription))
        yield* ackAll((yield* first.atLeast(10)).slice(0, 4))
        yield* first.close
        const second = yield* receive(consumer.deliveries(subscription))
        yield* second.atLeast(6)
        assert.deepStrictEqual(second.values(), numbers(6, 4))
      }),
    )

    it.effect("commits only a gap-free prefix, in whatever order things are acknowledged", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = freshTopic(1)
        const subscription = { group: "gap-free", topics: [topic] }
        yield* consumer.register(subscription)
        yield* publish(numbers(6).map((n) => record(topic, "k", n)))
        const first = yield* receive(consumer.deliveries(subscription))
        const all = yield* first.atLeast(6)
        const { lane } = all[0]!
        yield* lane.ack([all[5]!.offset, all[1]!.offset])
        yield* lane.ack([all[1]!.offset])
        yield* lane.ack([all[0]!.offset])
        yield* lane.ack([all[3]!.offset])
        yield* lane.ack([all[0]!.offset])
        assert.strictEqual((yield* consumer.unread("gap-free")).messages, 4)
        yield* first.close
        const second = yield* receive(consumer.deliveries(subscription))
        yield* second.atLeast(4)
        assert.deepStrictEqual(second.values(), ["2", "3", "4", "5"])
      }),
    )

    it.effect("ignores an acknowledgement that comes after the subscription has ended", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = freshTopic(1)
        const subscription = { group: "late", topics: [topic] }
        yield* consumer.register(subscription)
        yield* publish(numbers(3).map((n) => record(topic, "k", n)))
        const first = yield* receive(consumer.deliveries(subscription))
        const stale = [...(yield* first.atLeast(3))]
        yield* first.close
        const second = yield* receive(consumer.deliveries(subscription))
        yield* second.atLeast(3)
        yield* ackAll(stale)
        assert.strictEqual((yield* consumer.unread("late")).messages, 3)
        yield* ackAll(second.all)
        assert.strictEqual((yield* consumer.unread("late")).messages, 0)
      }),
    )

    it.effect("shows every message to each of two groups", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = freshTopic(3)
        yield* consumer.register({ group: "one", topics: [topic] })
        yield* consumer.register({ group: "two", topics: [topic] })
        const one = yield* receive(consumer.deliveries({ group: "one", topics: [topic] }), (delivery) =>
          delivery.lane.ack([delivery.offset]),
        )
        yield* publish(numbers(50).map((n) => record(topic, `k${n}`, n)))
        yield* one.atLeast(50)
        const two = yield* receive(consumer.deliveries({ group: "two", topics: [topic] }))
        yield* two.atLeast(50)
        assert.deepStrictEqual(new Set(one.values()), new Set(numbers(50)))
        assert.deepStrictEqual(new Set(two.values()), new Set(numbers(50)))
      }),
    )

    it.effect("keeps what is published while a registered group is away, and starts a new group at the present end", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = freshTopic(3)
        yield* consumer.register({ group: "away", topics: [topic] })
        yield* publish(numbers(30).map((n) => record(topic, `k${n}`, n)))
        yield* consumer.register({ group: "away", topics: [topic] })
        yield* consumer.register({ group: "newcomer", topics: [topic] })
        yield* publish(numbers(30, 30).map((n) => record(topic, `k${n}`, n)))
        const away = yield* receive(consumer.deliveries({ group: "away", topics: [topic] }))
        const newcomer = yield* receive(consumer.deliveries({ group: "newcomer", topics: [topic] }))
        yield* away.atLeast(60)
        yield* newcomer.atLeast(30)
        assert.deepStrictEqual(new Set(away.values()), new Set(numbers(60)))
        assert.deepStrictEqual(new Set(newcomer.values()), new Set(numbers(30, 30)))
      }),
    )

    it.effect("delivers no more than maxInFlight un-acknowledged messages of a partition", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const full = freshTopic(1)
        const other = freshTopic(1)
        const subscription = { group: "pressure", topics: [full, other], maxInFlight: 10 }
        yield* consumer.register(subscription)
        yield* publish(numbers(40).map((n) => record(full, "k", n)))
        const received = yield* receive(consumer.deliveries(subscription))
        yield* received.atLeast(10)
        const ofFull = () => received.all.filter((delivery) => delivery.lane.topic === full.name)
        for (const marker of ["marker 1", "marker 2"]) {
          yield* publish([record(other, "k", marker)])
          yield* until(() => received.values().includes(marker))
        }
        assert.strictEqual(ofFull().length, 10)
        yield* ackAll(ofFull().slice(0, 7))
        yield* until(() => ofFull().length >= 17)
        yield* publish([record(other, "k", "marker 3")])
        yield* until(() => received.values().includes("marker 3"))
        assert.strictEqual(ofFull().length, 17)
        while (ofFull().length < 40) {
          const before = ofFull().length
          yield* ackAll(ofFull())
          yield* until(() => ofFull().length > before)
        }
        assert.deepStrictEqual(
          ofFull().map((delivery) => delivery.value),
          numbers(40),
        )
      }),
    )

    it.effect("shares partitions between the consumers of a group and takes over those of one that leaves", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = freshTopic(6)
        const subscription = { group: "share", topics: [topic] }
        const keys = Array.from({ length: 400 }, (_, n) => `k${n}`)
        const six = Array.from({ length: 6 }, (_, partition) => keys.find((key) => partitionOf(key, 6) === partition)!)
        let sent = 0
        const publishRound = Effect.suspend(() => publish(six.map((key) => record(topic, key, String(sent++)))))
        yield* consumer.register(subscription)
        const acking = () => receive(consumer.deliveries(subscription), (delivery) => delivery.lane.ack([delivery.offset]))
        const partitionsSince = (received: { all: ReadonlyArray<{ lane: { partition: number } }> }, from: number) =>
          new Set(received.all.slice(from).map((delivery) => delivery.lane.partition))

        const first = yield* acking()
        yield* publishRound
        yield* first.atLeast(6)
        const second = yield* acking()
        const settled = () => {
          const [ofFirst, ofSecond] = [partitionsSince(first, first.all.length - 3), partitionsSince(second, second.all.length - 3)]
          return ofFirst.size === 3 && ofSecond.size === 3 && ofFirst.isDisjointFrom(ofSecond)
        }
        while (!settled()) {
          const total = first.all.length + second.all.length
          yield* publishRound
          yield* until(() => first.all.length + second.all.length >= total + 6)
        }
        yield* second.close
        const before = first.all.length
        const owned = () => partitionsSince(first, before)
        while (owned().size < 6) {
          const total = first.all.length
          yield* publishRound
          yield* until(() => first.all.length > total)
        }
        yield* until(() => new Set([...first.values(), ...second.values()]).size === sent)
        for (const key of six) {
          const seen = [...second.all, ...first.all].filter((delivery) => delivery.key === key).map((delivery) => delivery.offset)
          assert.deepStrictEqual(
            [...new Set(seen)].sort((a, b) => a - b),
            Array.from({ length: new Set(seen).size }, (_, n) => n),
          )
        }
        assert.strictEqual((yield* consumer.unread("share")).messages, 0)
      }),
    )

    it.effect("lets anybody tail from the end, or since a time, without a group", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = freshTopic(2)
        yield* consumer.register({ group: "holder", topics: [topic] })
        yield* publish(numbers(5).map((n) => record(topic, `k${n}`, n)))
        const live = yield* receive(consumer.tail([topic]))
        const past = yield* receive(consumer.tail([topic], 0))
        yield* past.atLeast(5)
        let n = 5
        while (live.all.length === 0) {
          yield* publish([record(topic, "k", String(n++))])
          yield* until(() => past.all.length === n)
        }
        const started = Number(live.values()[0])
        yield* publish(numbers(5, n).map((value) => record(topic, `k${value}`, value)))
        yield* until(() => live.values().includes(String(n + 4)) && past.all.length === n + 5)
        assert.isAtLeast(started, 5)
        assert.deepStrictEqual(new Set(live.values()), new Set(numbers(n + 5 - started, started)))
        assert.deepStrictEqual(new Set(past.values()), new Set(numbers(n + 5)))
        yield* ackAll(past.all)
        assert.strictEqual((yield* consumer.unread("holder")).messages, n + 5)
        const newest = past.all.at(-1)!.publishedAt
        const tooLate = yield* receive(consumer.tail([topic], newest + 60_000))
        const recent = yield* consumer.tail([topic], newest).pipe(Stream.take(1), Stream.runCollect)
        assert.isAtLeast(recent[0]!.publishedAt, newest)
        assert.strictEqual(tooLate.all.length, 0)
      }),
    )

    whereRemoving("forgets the messages of a key up to an offset, and nothing beside them", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = freshTopic(2)
        const subscription = { group: "forget", topics: [topic] }
        yield* consumer.register(subscription)
        yield* publish([record(topic, "gone", "text 1"), record(topic, "kept", "a"), record(topic, "gone", "text 2")])
        const found = yield* consumer.tail([topic], 0).pipe(Stream.take(3), Stream.runCollect)
        const before = found.filter(({ key }) => key === "gone").at(-1)!.offset + 1
        yield* publish([record(topic, "gone", "the removal itself"), record(topic, "kept", "b")])
        yield* consumer.forget(topic, [
          { key: "gone", before },
          { key: "never seen", before: 99 },
        ])
        const received = yield* receive(consumer.deliveries(subscription))
        yield* received.atLeast(3)
        assert.deepStrictEqual(new Set(received.values()), new Set(["a", "the removal itself", "b"]))
        const stored = yield* consumer.tail([topic], 0).pipe(Stream.take(3), Stream.runCollect)
        assert.isFalse(stored.some(({ value }) => value.startsWith("text")))
        yield* ackAll(received.all)
        assert.strictEqual((yield* consumer.unread("forget")).messages, 0)
      }),
    )

    whereRemoving("does not count what was forgotten as unread once it has read past it", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = freshTopic(1)
        const subscription = { group: "hole", topics: [topic] }
        yield* consumer.register(subscription)
        yield* publish([record(topic, "kept", "a"), record(topic, "gone", "text")])
        yield* consumer.forget(topic, [{ key: "gone", before: 2 }])
        const received = yield* receive(consumer.deliveries(subscription), (delivery) => delivery.lane.ack([delivery.offset]))
        yield* received.atLeast(1)
        yield* eventually(consumer.unread("hole"), ({ messages }) => messages === 0)
        yield* publish([record(topic, "kept", "b")])
        yield* received.atLeast(2)
        assert.deepStrictEqual(received.values(), ["a", "b"])
      }),
    )

    it.effect("says how much a group has not acknowledged and how old the oldest of it is", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = freshTopic(3)
        const subscription = { group: "unread", topics: [topic] }
        assert.deepStrictEqual(yield* consumer.unread("unread"), { messages: 0, oldestMs: null })
        yield* consumer.register(subscription)
        assert.deepStrictEqual(yield* consumer.unread("unread"), { messages: 0, oldestMs: null })
        yield* publish(numbers(20).map((n) => record(topic, `k${n}`, n)))
        const waiting = yield* consumer.unread("unread")
        assert.strictEqual(waiting.messages, 20)
        assert.isTrue(waiting.oldestMs !== null && waiting.oldestMs >= 0 && waiting.oldestMs < 60_000)
        const received = yield* receive(consumer.deliveries(subscription))
        yield* ackAll(yield* received.atLeast(20))
        assert.deepStrictEqual(yield* consumer.unread("unread"), { messages: 0, oldestMs: null })
      }),
    )

    whereRemoving("trims what every group has acknowledged, and nothing that one of them has not", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = freshTopic(1)
        yield* consumer.register({ group: "quick", topics: [topic] })
        yield* consumer.register({ group: "slow", topics: [topic] })
        yield* publish(numbers(10).map((n) => record(topic, "k", n)))
        const quick = yield* receive(consumer.deliveries({ group: "quick", topics: [topic] }))
        yield* ackAll(yield* quick.atLeast(10))
        const slow = yield* receive(consumer.deliveries({ group: "slow", topics: [topic] }))
        yield* ackAll((yield* slow.atLeast(10)).slice(0, 4))
        const oldest = Effect.map(consumer.tail([topic], 0).pipe(Stream.take(1), Stream.runCollect), ([delivery]) => delivery!.value)
        yield* eventually(oldest, (value) => value === "4")
        assert.strictEqual((yield* consumer.unread("slow")).messages, 6)
        yield* slow.close
        const again = yield* receive(consumer.deliveries({ group: "slow", topics: [topic] }))
        yield* again.atLeast(6)
        assert.deepStrictEqual(again.values(), numbers(6, 4))
      }),
    )
  })
