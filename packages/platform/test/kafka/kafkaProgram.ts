import { ackAll, SignalConsumer } from "@signalflow/domain/bus/SignalBus"
import { Effect, Stream } from "effect"
import { writeSync } from "node:fs"
import * as KafkaBus from "../../src/kafka/KafkaBus.ts"
import type { KafkaOptions } from "../../src/kafka/KafkaOptions.ts"

/** A consumer that is frozen and woken: `kafkaProgram.ts CLIENT BROKER TOPIC`. It says what it has got, then what it has acknowledged. */
const [client, broker, topic] = process.argv.slice(2) as [NonNullable<KafkaOptions["client"]>, string, string]
const say = (what: string, values: ReadonlyArray<string>) => Effect.sync(() => void writeSync(1, `${what} ${values.join(" ")}\n`))

const consume = Effect.gen(function* () {
  const consumer = yield* SignalConsumer
  yield* consumer.deliveries({ group: "frozen", topics: [{ name: topic, partitions: 4 }] }).pipe(
    Stream.groupedWithin(50, "20 millis"),
    Stream.runForEach((batch) => {
      const values = batch.map(({ lane, offset, value }) => `${lane.partition}/${offset}/${value}`)
      // As if it were written for a while: what is in flight when it freezes is more than nothing.
      return say("got", values).pipe(Effect.delay("50 millis"), Effect.andThen(ackAll(batch)), Effect.andThen(say("acked", values)))
    }),
  )
})

await Effect.runPromise(consume.pipe(Effect.provide(KafkaBus.layer({ brokers: [broker], client }))))
