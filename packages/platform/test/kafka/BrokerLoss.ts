import type { BusTopic } from "@signalflow/domain/bus/BusTopic"
import { ackAll, type Delivery, SignalConsumer, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import { Effect, Fiber, Ref, Schedule, Stream } from "effect"
import { record, until } from "../../../domain/test/Received.ts"
import type { KafkaCluster } from "../../../../infra/test/kafka.ts"

const WRITERS = 8
const BATCH = 50
const EVERY = "200 millis"
const QUIET_MS = 8_000

export interface Loss {
  readonly acknowledged: number
  /** Acknowledged, and not in the log. */
  readonly lost: number
  readonly duplicates: number
  /** Keys whose first copies are not in the order in which they were sent. */
  readonly disordered: number
  /** Acknowledged, and never delivered to the group. */
  readonly undelivered: number
  readonly unread: number
  readonly longestPublishMs: number
  readonly longestDeliveryGapMs: number
}

/** 2,000 messages a second while each broker in turn is killed, stays away, and comes back; then the log is read afresh. */
export const run = (kafka: KafkaCluster, topic: BusTopic) =>
  Effect.gen(function* () {
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const group = "loss"
    yield* consumer.register({ group, topics: [topic] })

    const delivered = new Set<string>()
    let lastDelivery = Date.now()
    let longestDeliveryGapMs = 0
    yield* consumer.deliveries({ group, topics: [topic] }).pipe(
      Stream.groupedWithin(500, "100 millis"),
      Stream.runForEach((batch) => {
        const now = Date.now()
        longestDeliveryGapMs = Math.max(longestDeliveryGapMs, now - lastDelivery)
        lastDelivery = now
        for (const { value } of batch) delivered.add(value)
        return ackAll(batch)
      }),
      Effect.forkScoped,
    )

    const acknowledged = new Set<string>()
    let longestPublishMs = 0
    const stopping = yield* Ref.make(false)
    const writer = (id: number) => {
      let sent = 0
      const one = Effect.gen(function* () {
        const from = sent
        sent += BATCH
        const values = Array.from({ length: BATCH }, (_, n) => `${id}:${from + n}`)
        const started = Date.now()
        // As every source does: the whole batch again until it is durable.
        yield* Effect.retry(publish(values.map((value, n) => record(topic, `${id}.${n % 25}`, value))), Schedule.spaced("100 millis"))
        longestPublishMs = Math.max(longestPublishMs, Date.now() - started)
        for (const value of values) acknowledged.add(value)
      })
      return Effect.repeat(one, { schedule: Schedule.fixed(EVERY), while: () => Effect.map(Ref.get(stopping), (stop) => !stop) })
    }
    const writers = yield* Effect.forkScoped(
      Effect.forEach(
        Array.from({ length: WRITERS }, (_, id) => id),
        writer,
        { concurrency: "unbounded" },
      ),
    )

    const moreThan = (count: number) => until(() => acknowledged.size >= count)
    yield* moreThan(2_000)
    for (const broker of kafka.brokers) {
      yield* Effect.promise(() => broker.kill("SIGKILL"))
      const killed = Date.now()
      const before = acknowledged.size
      yield* until(() => Date.now() - killed >= QUIET_MS && acknowledged.size > before + 2_000)
      yield* Effect.promise(() => broker.start())
      yield* moreThan(acknowledged.size + 4_000)
    }
    yield* Ref.set(stopping, true)
    yield* Fiber.await(writers)

    yield* Effect.timeoutOption(
      until(() => [...acknowledged].every((value) => delivered.has(value))),
      "60 seconds",
    )
    const log: Array<Delivery> = []
    const missing = new Set(acknowledged)
    yield* consumer.tail([topic], 0).pipe(
      Stream.takeUntil((delivery) => {
        log.push(delivery)
        missing.delete(delivery.value)
        return missing.size === 0
      }),
      Stream.runDrain,
      Effect.timeoutOption("60 seconds"),
    )

    const first = new Map<string, number>()
    let duplicates = 0
    const last = new Map<string, number>()
    const disordered = new Set<string>()
    for (const { key, value } of log) {
      if (first.has(value)) {
        duplicates++
        continue
      }
      const n = Number(value.split(":")[1])
      first.set(value, n)
      if (n < (last.get(key) ?? -1)) disordered.add(key)
      last.set(key, n)
    }
    const result: Loss = {
      acknowledged: acknowledged.size,
      lost: missing.size,
      duplicates,
      disordered: disordered.size,
      undelivered: [...acknowledged].filter((value) => !delivered.has(value)).length,
      unread: (yield* consumer.unread(group)).messages,
      longestPublishMs,
      longestDeliveryGapMs,
    }
    return result
  })
