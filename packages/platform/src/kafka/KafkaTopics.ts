import type { BusTopic } from "@signalflow/domain/bus/BusTopic"
import { Duration, Effect, Schedule, Semaphore } from "effect"
import { type KafkaDriver, KafkaError } from "./KafkaDriver.ts"

export interface TopicOptions {
  readonly retention: Duration.Input
  readonly replicas?: number | undefined
}

const REPLICAS = 3

const wrong = (message: string) => new KafkaError({ kind: "other", message, cause: message })

/** A function that sees to it that topics exist with what they need; each is looked at once. */
export const make = (driver: KafkaDriver["Service"], options: TopicOptions) => {
  const known = new Map<string, number>()
  const looking = Semaphore.makeUnsafe(1)

  const look = (topics: ReadonlyArray<BusTopic>) =>
    Effect.gen(function* () {
      const brokers = yield* driver.brokers
      const replicas = options.replicas ?? Math.min(REPLICAS, brokers)
      if (replicas > brokers)
        return yield* wrong(`${replicas} replicas are wanted of every topic, and Kafka has ${brokers} brokers: start more brokers`)
      const names = topics.map(({ name }) => name)
      const present = new Set((yield* driver.topics(names)).map(({ name }) => name))
      const absent = topics.filter(({ name }) => !present.has(name))
      if (absent.length > 0)
        yield* driver.create(
          absent.map(({ name, partitions }) => ({ name, partitions, replicas })),
          {
            "retention.ms": String(Duration.toMillis(Duration.fromInputUnsafe(options.retention))),
            "cleanup.policy": "delete",
            "message.timestamp.type": "LogAppendTime",
            "min.insync.replicas": String(replicas >= REPLICAS ? 2 : 1),
          },
        )
      // A topic that was made a moment ago is not at once known to every broker.
      const shapes = yield* driver.topics(names).pipe(
        Effect.repeat({
          until: (found) => found.length === names.length,
          schedule: Schedule.max([Schedule.spaced("100 millis"), Schedule.recurs(100)]),
        }),
      )
      for (const { name, partitions } of topics) {
        const shape = shapes.find((shape) => shape.name === name)
        if (shape === undefined) return yield* wrong(`Topic ${name} was made, and Kafka still does not know it`)
        if (shape.partitions < partitions)
          return yield* wrong(
            `Topic ${name} has ${shape.partitions} partitions and needs ${partitions}: add some (kafka-topics --alter --topic ${name} --partitions ${partitions}), or delete it while it is empty`,
          )
        if (shape.replicas < replicas)
          return yield* wrong(
            `Topic ${name} has ${shape.replicas} replicas and needs ${replicas} with ${brokers} brokers: reassign its partitions, or delete it while it is empty`,
          )
        known.set(name, partitions)
      }
    })

  return (topics: ReadonlyArray<BusTopic>): Effect.Effect<void, KafkaError> => {
    const unknown = () => topics.filter(({ name, partitions }) => (known.get(name) ?? 0) < partitions)
    return Effect.suspend(() =>
      unknown().length === 0
        ? Effect.void
        : looking.withPermit(Effect.suspend(() => (unknown().length === 0 ? Effect.void : look(unknown())))),
    )
  }
}
