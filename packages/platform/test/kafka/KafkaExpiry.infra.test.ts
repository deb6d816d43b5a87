import { assert, layer } from "@effect/vitest"
import { dlqTopicOf } from "@signalflow/domain/bus/BusTopic"
import { type Gap, SignalConsumer, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import { Effect, Layer, Stream } from "effect"
import { describe } from "vitest"
import { eventually, freshTopic, receive, record } from "../../../domain/test/Received.ts"
import * as KafkaBus from "../../src/kafka/KafkaBus.ts"
import { clients, layer as testKafka, missing, TestKafka } from "./TestKafka.ts"

/** A broker that looks every half second for what has expired. */
const hasty = testKafka(1, {
  "log.retention.check.interval.ms": "500",
  "log.initial.task.delay.ms": "0",
  "log.segment.delete.delay.ms": "0",
})

describe.skipIf(missing !== null).for(clients)("Kafka, %s", (client) => {
  const bus = Layer.unwrap(Effect.map(TestKafka, ({ addresses }) => KafkaBus.layer({ brokers: addresses, client, retention: "8 seconds" })))

  layer(bus.pipe(Layer.provideMerge(hasty)), { excludeTestServices: true })("trims by expiry alone", (it) => {
    it.effect("keeps what was forgotten until it expires; then it is gone, and whoever comes late is told", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = freshTopic(1)
        const subscription = { group: "too-late", topics: [topic] }
        yield* consumer.register(subscription)
        yield* consumer.register({ group: "in-time", topics: [topic] })
        const inTime = yield* receive(consumer.deliveries({ group: "in-time", topics: [topic] }), (delivery) =>
          delivery.lane.ack([delivery.offset]),
        )
        yield* publish(["removed text", "another text"].map((text) => record(topic, "k", text)))
        yield* consumer.forget(topic, [{ key: "k", before: 1 }])
        yield* inTime.atLeast(2)
        assert.deepStrictEqual(inTime.values(), ["removed text", "another text"])
        assert.strictEqual((yield* consumer.unread("in-time")).messages, 0)

        yield* eventually(consumer.unread("too-late"), ({ messages }) => messages === 0)
        assert.deepStrictEqual(yield* consumer.unread("too-late"), { messages: 0, oldestMs: null })
        yield* publish([record(topic, "k", "afterwards")])
        const gaps: Array<Gap> = []
        const onGap = (gap: Gap) => Effect.sync(() => void gaps.push(gap))
        const late = yield* receive(consumer.deliveries({ ...subscription, onGap }))
        yield* late.atLeast(1)
        const [again] = yield* consumer
          .tail([topic], { offsets: [{ topic: topic.name, partition: 0, offset: 0 }], onGap })
          .pipe(Stream.take(1), Stream.runCollect)
        assert.deepStrictEqual(late.values(), ["afterwards"])
        assert.strictEqual(again!.value, "afterwards")
        const gap = { topic: topic.name, partition: 0, from: 0, to: 2 }
        assert.deepStrictEqual(gaps, [gap, gap])
      }),
    )

    it.effect("lets dead letters expire as well", () =>
      Effect.gen(function* () {
        const { publish } = yield* SignalPublisher
        const consumer = yield* SignalConsumer
        const topic = dlqTopicOf(freshTopic(6))
        yield* consumer.register({ group: "letters", topics: [topic] })
        yield* publish([record(topic, "k", "poison")])
        assert.strictEqual((yield* consumer.unread("letters")).messages, 1)
        yield* eventually(consumer.unread("letters"), ({ messages }) => messages === 0)
      }),
    )
  })
})
