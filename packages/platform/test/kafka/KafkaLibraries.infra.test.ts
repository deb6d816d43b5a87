import { it } from "@effect/vitest"
import { SignalConsumer, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import { Context, Effect, Layer } from "effect"
import { describe } from "vitest"
import { eventually, freshTopic, receive, record, until } from "../../../domain/test/Received.ts"
import * as KafkaBus from "../../src/kafka/KafkaBus.ts"
import { clients, cluster, missing } from "./TestKafka.ts"

describe.skipIf(missing !== null)("Kafka, a group of which each member has another library", () => {
  it.live(
    "shares the partitions, whoever leads it, and loses nothing while one follows the other: so a fleet can change its library",
    () =>
      Effect.gen(function* () {
        const { addresses } = yield* cluster(1)
        for (const [one, other] of [clients, [clients[1], clients[0]]] as const) {
          const topic = freshTopic(4)
          const subscription = { group: `changes.${one}`, topics: [topic] }
          const busOf = (client: (typeof clients)[number]) => Layer.build(KafkaBus.layer({ brokers: addresses, client }))
          const [before, after] = [yield* busOf(one), yield* busOf(other)]
          const acking = (bus: Context.Context<SignalConsumer>) =>
            receive(Context.get(bus, SignalConsumer).deliveries(subscription), ({ lane, offset }) => lane.ack([offset]))
          let sent = 0
          const send = (bus: Context.Context<SignalPublisher>) =>
            Effect.suspend(() =>
              Context.get(bus, SignalPublisher).publish(Array.from({ length: 20 }, () => record(topic, `k${sent % 20}`, String(sent++)))),
            )
          const partitions = (received: { readonly all: ReadonlyArray<{ readonly lane: { readonly partition: number } }> }) =>
            new Set(received.all.slice(-10).map(({ lane }) => lane.partition)).size

          yield* Context.get(before, SignalConsumer).register(subscription)
          const first = yield* acking(before)
          yield* send(before)
          yield* first.atLeast(20)
          const second = yield* acking(after)
          while (partitions(first) !== 2 || partitions(second) !== 2) {
            yield* send(before)
            yield* send(after)
            yield* Effect.sleep("100 millis")
          }
          yield* first.close
          yield* send(after)
          yield* until(() => new Set([...first.values(), ...second.values()]).size === sent)
          const { unread } = Context.get(after, SignalConsumer)
          yield* eventually(unread(subscription.group), ({ messages }) => messages === 0)
        }
      }).pipe(Effect.scoped, Effect.timeout("100 seconds")),
    120_000,
  )
})
