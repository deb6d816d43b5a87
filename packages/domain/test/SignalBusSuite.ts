import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Stream } from "effect"
import { dlqTopicOf, partitionOf } from "../src/bus/BusTopic.ts"
import { RECORD_LIMIT, sizeOf } from "../src/bus/RecordLimit.ts"
import { ackAll, type Gap, SignalConsumer, SignalPublisher } from "../src/bus/SignalBus.ts"
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

    it.effect("commits only a contiguous prefix, in whatever order things are acknowledged", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = freshTopic(1)
        const subscription = { group: "contiguous", topics: [topic] }
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
        assert.strictEqual((yield* consumer.unread("contiguous")).messages, 4)
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

    it.effect("keeps what is published while a registered group is unavailable, and starts a new group at the present end", () =>
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

    it.effect("lets anybody read again from an offset of each partition, and go on from there", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = freshTopic(3)
        yield* consumer.register({ group: "holder-of-offsets", topics: [topic] })
        const keys = [0, 1, 2].map((partition) => numbers(100).find((key) => partitionOf(key, 3) === partition)!)
        yield* publish(numbers(30).map((n) => record(topic, keys[Number(n) % 3]!, n)))
        const all = yield* consumer.tail([topic], 0).pipe(Stream.take(30), Stream.runCollect)
        const place = (partition: number, offset: number) => ({ topic: topic.name, partition, offset })
        const after = all.find(({ value }) => value === "12")!
        const gaps: Array<Gap> = []
        const again = yield* receive(
          consumer.tail([topic], {
            offsets: [place(0, after.offset), place(1, 1_000_000)],
            onGap: (gap) => Effect.sync(() => void gaps.push(gap)),
          }),
        )
        const of = (partition: number) =>
          again.all.filter(({ lane }) => lane.partition === partition).map(({ offset, value }) => [offset, Number(value)])
        const wanted = (partition: number, from: number, to: number) =>
          Array.from({ length: to - from }, (_, n) => [from + n, (from + n) * 3 + partition])
        yield* again.atLeast(6 + 10)
        // The end is where the reader has begun, which an outsider does not see: two rounds, of which it must see the second.
        yield* publish(numbers(3, 30).map((n) => record(topic, keys[Number(n) % 3]!, n)))
        yield* until(() => of(0).length === 7 && of(2).length === 11)
        yield* publish(numbers(3, 33).map((n) => record(topic, keys[Number(n) % 3]!, n)))
        yield* until(() => of(0).length === 8 && of(1).at(-1)?.[0] === 11 && of(2).length === 12)
        assert.deepStrictEqual(of(0), wanted(0, 4, 12))
        assert.deepStrictEqual(of(1), wanted(1, 12 - of(1).length, 12))
        assert.isAtMost(of(1).length, 2)
        assert.deepStrictEqual(of(2), wanted(2, 0, 12))
        assert.deepStrictEqual(gaps, [])
        assert.strictEqual((yield* consumer.unread("holder-of-offsets")).messages, 36)
      }),
    )

    it.effect("sets a poison message aside and acknowledges it alone: the others come once and in order", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = freshTopic(2)
        const dlq = dlqTopicOf(topic)
        const subscription = { group: "poisoned", topics: [topic] }
        yield* consumer.register(subscription)
        yield* consumer.register({ group: "poisoned-letters", topics: [dlq] })
        const value = (n: string) => (n === "13" || n === "14" ? `poison ${n}` : n)
        yield* publish(numbers(40).map((n) => record(topic, `k${Number(n) % 4}`, value(n))))

        const first = yield* receive(consumer.deliveries(subscription))
        const batch = yield* first.atLeast(40)
        const [poison, good] = [
          batch.filter(({ value }) => value.startsWith("poison")),
          batch.filter(({ value }) => !value.startsWith("p")),
        ]
        yield* publish(
          poison.map(({ key, value, headers, offset }) => ({ topic: dlq, key, value, headers: { ...headers, offset: `${offset}` } })),
        )
        yield* ackAll(poison)
        assert.strictEqual((yield* consumer.unread("poisoned")).messages, 40)
        yield* ackAll(good)
        assert.strictEqual((yield* consumer.unread("poisoned")).messages, 0)
        for (const key of ["k0", "k1", "k2", "k3"]) {
          const of = first.all.filter((delivery) => delivery.key === key).map((delivery) => delivery.value)
          assert.deepStrictEqual(
            of,
            numbers(40)
              .filter((n) => `k${Number(n) % 4}` === key)
              .map(value),
          )
        }
        yield* first.close

        const second = yield* receive(consumer.deliveries(subscription), (delivery) => delivery.lane.ack([delivery.offset]))
        yield* publish([record(topic, "k1", "after")])
        yield* second.atLeast(1)
        assert.deepStrictEqual(second.values(), ["after"])
        const letters = yield* receive(consumer.deliveries({ group: "poisoned-letters", topics: [dlq] }))
        yield* letters.atLeast(2)
        assert.deepStrictEqual(
          letters.all.map(({ key, value, headers }) => [key, value, headers["offset"]]),
          poison.map(({ key, value, offset }) => [key, value, `${offset}`]),
        )
        assert.isTrue(letters.all.every(({ lane }) => lane.topic === `${topic.name}.dlq` && lane.partition === 0))
      }),
    )

    it.effect("takes a record of the largest size, and refuses a larger one by key and size with nothing of its batch stored", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = freshTopic(1)
        yield* consumer.register({ group: "large", topics: [topic] })
        const one = (length: number) => record(topic, "large", "東".repeat(Math.floor(length / 3)) + "x".repeat(length % 3))
        const room = RECORD_LIMIT - sizeOf(one(0))
        const batch = [record(topic, "k", "before"), one(room + 1), record(topic, "k", "after")]
        const error = yield* Effect.flip(publish(batch))
        assert.deepStrictEqual(error.refused, [{ index: 1, topic: topic.name, key: "large", bytes: RECORD_LIMIT + 1 }])
        assert.include(error.message, `"large" for ${topic.name} has ${RECORD_LIMIT + 1} bytes`)
        assert.include(error.message, `at most ${RECORD_LIMIT}`)
        assert.strictEqual((yield* consumer.unread("large")).messages, 0)
        yield* publish([one(room)])
        const received = yield* receive(consumer.deliveries({ group: "large", topics: [topic] }))
        const [largest] = yield* received.atLeast(1)
        assert.strictEqual(largest!.value, one(room).value)
      }),
    )

    whereRemoving("begins with the first message that is kept, and tells of those that are not", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = freshTopic(2)
        const subscription = { group: "trimmer", topics: [topic] }
        yield* consumer.register(subscription)
        const [key, other] = [0, 1].map((partition) => numbers(100).find((key) => partitionOf(key, 2) === partition)!)
        yield* publish(numbers(10).map((n) => record(topic, key!, n)))
        yield* publish([record(topic, other!, "other")])
        const received = yield* receive(consumer.deliveries(subscription))
        yield* received.atLeast(11)
        yield* ackAll(received.all.filter(({ value }) => Number(value) < 6))
        const first = Effect.map(consumer.tail([topic], 0).pipe(Stream.take(5), Stream.runCollect), (kept) =>
          Math.min(...kept.filter(({ lane }) => lane.partition === 0).map(({ offset }) => offset)),
        )
        yield* eventually(first, (offset) => offset === 6)
        const gaps: Array<Gap> = []
        const again = yield* receive(
          consumer.tail([topic], {
            offsets: [{ topic: topic.name, partition: 0, offset: 2 }],
            onGap: (gap) => Effect.sync(() => void gaps.push(gap)),
          }),
        )
        yield* again.atLeast(5)
        assert.deepStrictEqual(new Set(again.values()), new Set(["6", "7", "8", "9", "other"]))
        assert.deepStrictEqual(gaps, [{ topic: topic.name, partition: 0, from: 2, to: 6 }])
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
