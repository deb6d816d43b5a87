import { assert, layer } from "@effect/vitest"
import { SignalConsumer, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import { Effect, Fiber, Layer, Schedule } from "effect"
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { describe } from "vitest"
import { freshTopic, record, until } from "../../../domain/test/Received.ts"
import * as KafkaBus from "../../src/kafka/KafkaBus.ts"
import { KafkaDriver } from "../../src/kafka/KafkaDriver.ts"
import { clients, layer as testKafka, missing, TestKafka } from "./TestKafka.ts"

const FROZEN_MS = 40_000
const GROUP = "frozen"
const program = fileURLToPath(new URL("kafkaProgram.ts", import.meta.url))

/** A consumer in a process of its own, and what it has said. */
const consumer = (client: string, topic: string) =>
  Effect.gen(function* () {
    const { addresses } = yield* TestKafka
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => spawn(process.execPath, [program, client, addresses[0]!, topic], { stdio: ["ignore", "pipe", "inherit"] })),
      (child) => Effect.sync(() => void child.kill("SIGKILL")),
    )
    const [got, acked]: [Array<string>, Array<string>] = [[], []]
    createInterface({ input: child.stdout }).on("line", (line) => {
      const [what, ...values] = line.split(" ")
      if (what === "got") got.push(...values)
      else if (what === "acked") acked.push(...values)
    })
    return { got, acked, signal: (signal: NodeJS.Signals) => Effect.sync(() => void child.kill(signal)) }
  })

describe.skipIf(missing !== null).for(clients)("Kafka, %s", (client) => {
  const bus = Layer.unwrap(Effect.map(TestKafka, ({ addresses }) => KafkaBus.layer({ brokers: addresses, client })))
  const driver = Layer.unwrap(Effect.flatMap(TestKafka, ({ addresses }) => KafkaBus.driverOf({ brokers: addresses, client })))

  layer(Layer.merge(bus, driver).pipe(Layer.provideMerge(testKafka(1))), { excludeTestServices: true })("a consumer that freezes", (it) => {
    it.effect(
      "loses its partitions while it is stopped for 40 s; when it wakes it commits nothing of them, and nothing is lost",
      () =>
        Effect.gen(function* () {
          const { publish } = yield* SignalPublisher
          const { register, unread } = yield* SignalConsumer
          const { committed } = yield* KafkaDriver
          const topic = freshTopic(4)
          yield* register({ group: GROUP, topics: [topic] })

          /** Every step of the group's offsets, to see whether one ever goes back. */
          const steps = new Map<number, Array<number>>()
          yield* committed(GROUP).pipe(
            Effect.map((places) => {
              for (const { partition, offset } of places) {
                const of = steps.get(partition) ?? []
                if (of.at(-1) !== offset) of.push(offset)
                steps.set(partition, of)
              }
            }),
            Effect.repeat(Schedule.spaced("100 millis")),
            Effect.forkScoped,
          )

          let sent = 0
          const writing = yield* Effect.suspend(() => {
            const values = Array.from({ length: 20 }, () => sent++)
            return publish(values.map((n) => record(topic, `k${n % 40}`, String(n))))
          }).pipe(Effect.repeat(Schedule.fixed("100 millis")), Effect.forkScoped)

          const [first, second] = [yield* consumer(client, topic.name), yield* consumer(client, topic.name)]
          const partitions = (values: ReadonlyArray<string>) => new Set(values.slice(-50).map((value) => value.split("/")[0]))
          yield* until(() => first.acked.length > 0 && second.acked.length > 0 && partitions(first.got).size === 2)
          yield* until(() => first.got.length > first.acked.length)

          yield* first.signal("SIGSTOP")
          const stopped = Date.now()
          const before = [first.got.length, sent]
          yield* until(() => Date.now() - stopped > FROZEN_MS && partitions(second.acked).size === 4)
          assert.strictEqual(first.got.length, before[0])
          yield* first.signal("SIGCONT")
          yield* until(
            () => first.got.length > before[0]! && partitions(first.got.slice(before[0])).size === 2 && first.acked.length > before[0]!,
          )

          yield* Fiber.interrupt(writing)
          const all = Array.from({ length: sent }, (_, n) => String(n))
          const valuesOf = (one: { readonly acked: ReadonlyArray<string> }) => one.acked.map((value) => value.split("/")[2]!)
          yield* until(() => {
            const done = new Set([...valuesOf(first), ...valuesOf(second)])
            return all.every((value) => done.has(value))
          })
          while ((yield* unread(GROUP)).messages > 0) yield* Effect.sleep("50 millis")
          for (const [partition, offsets] of steps)
            assert.deepStrictEqual(
              offsets,
              offsets.toSorted((a, b) => a - b),
              `the offset of partition ${partition} went back: ${offsets.join(" ")}`,
            )
          const twice = valuesOf(first).length + valuesOf(second).length - sent
          process.stdout.write(`${client}: ${sent} messages, ${twice} of them delivered twice\n`)
        }),
      300_000,
    )
  })
})
