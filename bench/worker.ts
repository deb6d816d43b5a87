import "@signalflow/platform/EngineFlags"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings } from "@signalflow/domain/settings/Settings"
import * as KafkaBus from "@signalflow/platform/kafka/KafkaBus"
import type { KafkaOptions } from "@signalflow/platform/kafka/KafkaOptions"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import * as Redis from "@signalflow/platform/redis/Redis"
import * as RedisLiveFeed from "@signalflow/platform/redis/RedisLiveFeed"
import * as RedisVelocityCache from "@signalflow/platform/redis/RedisVelocityCache"
import * as Logging from "@signalflow/platform/telemetry/Logging"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { DeadLetters } from "@signalflow/process/deadletters/DeadLetters"
import * as PgSignalStore from "@signalflow/process/store/PgSignalStore"
import * as Pipeline from "@signalflow/process/pipeline/Pipeline"
import { Effect, Fiber, Layer, Redacted } from "effect"
import { peerEnrichment } from "./peerProfile.ts"

export type Profile = "peer" | "product"
export type Client = NonNullable<KafkaOptions["client"]>

/** Where a worker finds its servers. */
export interface WorkerOptions {
  readonly profile: Profile
  readonly client: Client
  readonly brokers: ReadonlyArray<string>
  readonly postgres: { readonly host: string; readonly port: number; readonly username: string; readonly password: string }
  readonly redisUrl: string
  /** Most signals in one transaction; absent: as the settings say. */
  readonly batch: number | undefined
}

/** Work on this database until told to stop. */
export type Order = { readonly run: string; readonly count: number } | "stop"
/** `first`: the first records are in hand. `done`: so many as were asked for are acknowledged. */
export type Told = "ready" | "first" | "done" | "stopped"

const { profile, client, brokers, postgres, redisUrl, batch } = JSON.parse(process.argv[2]!) as WorkerOptions
const tell = (message: Told) => process.send!(message)

/** The pipeline counts what it has acknowledged, batch by batch: so nobody need ask. */
const watched = (count: number) =>
  Layer.effect(
    Metrics,
    Effect.map(Metrics, (metrics) => {
      let left = count
      return Metrics.of({
        ...metrics,
        count: (stage, outcome, platform, n, reason) => {
          if (stage === "process" && outcome === "received") left -= n
          metrics.count(stage, outcome, platform, n, reason)
        },
        batch: (status, seconds) => {
          metrics.batch(status, seconds)
          if (left <= 0) tell("done")
        },
      })
    }),
  ).pipe(Layer.provide(Metrics.layerTest))

const layers = (database: string, count: number) =>
  Layer.mergeAll(
    KafkaBus.layer({ brokers, client }),
    PgSignalStore.layer,
    DeadLetters.layer,
    RedisVelocityCache.layer,
    RedisLiveFeed.layer,
  ).pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        Postgres.layer({ ...postgres, password: Redacted.make(postgres.password), database, poolSize: 4 }),
        Redis.layer({ url: Redacted.make(redisUrl) }),
      ),
    ),
    Layer.provideMerge(
      Layer.mergeAll(
        Readiness.layer,
        watched(count),
        Settings.layerWith(batch === undefined ? {} : { BATCH_SIZE: batch }),
        Logging.layer({ level: "error", format: "pretty" }),
      ),
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
  const enrichment = profile === "peer" ? peerEnrichment : Pipeline.enrichment
  let isFirst = true
  return {
    ...enrichment,
    reader: (signal) => {
      if (isFirst) {
        isFirst = false
        tell("first")
      }
      return enrichment.reader(signal)
    },
  }
}

const round = (database: string, count: number) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Pipeline.runWith(enrichmentOf()))
    yield* Effect.raceFirst(Effect.promise(nextOrder), Fiber.join(fiber))
    yield* Fiber.interrupt(fiber)
  }).pipe(Effect.scoped, Effect.provide(layers(database, count)))

tell("ready")
while (true) {
  const order = await nextOrder()
  if (order === "stop") continue
  await Effect.runPromise(round(order.run, order.count))
  tell("stopped")
}
