import "effect/schema/SchemaJITCompiler/enable"
import { LivePublisher } from "@signalflow/domain/LiveFeed"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings } from "@signalflow/domain/Settings"
import * as KafkaBus from "@signalflow/platform/kafka/KafkaBus"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import * as Redis from "@signalflow/platform/redis/Redis"
import * as RedisLiveFeed from "@signalflow/platform/redis/RedisLiveFeed"
import * as RedisVelocityCache from "@signalflow/platform/redis/RedisVelocityCache"
import * as Logging from "@signalflow/platform/telemetry/Logging"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { DeadLetters } from "@signalflow/process/DeadLetters"
import * as PgSignalStore from "@signalflow/process/PgSignalStore"
import * as Pipeline from "@signalflow/process/Pipeline"
import { Effect, Fiber, Layer, Redacted } from "effect"
import { peerEnrichment } from "./peerProfile.ts"

export type Profile = "peer" | "product"

/** Where a worker finds its servers. */
export interface WorkerOptions {
  readonly profile: Profile
  readonly brokers: ReadonlyArray<string>
  readonly postgres: { readonly host: string; readonly port: number; readonly username: string; readonly password: string }
  readonly redisUrl: string
}

/** Work on this database until told to stop. */
export type Order = { readonly run: string } | "stop"
/** `first`: the first records are in hand. */
export type Told = "ready" | "first" | "stopped"

const { profile, brokers, postgres, redisUrl } = JSON.parse(process.argv[2]!) as WorkerOptions
const tell = (message: Told) => process.send!(message)

// The peer pushes nothing to anybody: nor is anything pushed where both are to do the same work.
const silent = Layer.succeed(LivePublisher, LivePublisher.of({ publish: () => Effect.void }))

const layers = (database: string) =>
  Layer.mergeAll(
    KafkaBus.layer({ brokers }),
    PgSignalStore.layer,
    DeadLetters.layer,
    RedisVelocityCache.layer,
    profile === "peer" ? silent : RedisLiveFeed.layer,
  ).pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        Postgres.layer({ ...postgres, password: Redacted.make(postgres.password), database, poolSize: 4 }),
        Redis.layer({ url: Redacted.make(redisUrl) }),
      ),
    ),
    Layer.provideMerge(
      Layer.mergeAll(Readiness.layer, Metrics.layerTest, Settings.layerWith({}), Logging.layer({ level: "error", format: "pretty" })),
    ),
  )

const orders: Array<Order> = []
let wake = () => {}
process.on("message", (order: Order) => {
  orders.push(order)
  wake()
})
process.on("disconnect", () => process.exit(0))
const nextOrder = async () => {
  while (orders.length === 0) await new Promise<void>((resolve) => (wake = resolve))
  return orders.shift()!
}

const enrichmentOf = (): Pipeline.Enrichment => {
  const { reader, score } = profile === "peer" ? peerEnrichment : Pipeline.enrichment
  let isFirst = true
  return {
    score,
    reader: (signal) => {
      if (isFirst) {
        isFirst = false
        tell("first")
      }
      return reader(signal)
    },
  }
}

const round = (database: string) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Pipeline.runWith(enrichmentOf()))
    yield* Effect.raceFirst(Effect.promise(nextOrder), Fiber.join(fiber))
    yield* Fiber.interrupt(fiber)
  }).pipe(Effect.scoped, Effect.provide(layers(database)))

tell("ready")
while (true) {
  const order = await nextOrder()
  if (order === "stop") continue
  await Effect.runPromise(round(order.run))
  tell("stopped")
}
