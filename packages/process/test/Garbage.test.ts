import "@signalflow/platform/EngineFlags"
import { assert, it } from "@effect/vitest"
import { type Delivery, type Lane, SignalConsumer, SignalPublisher, signalRecord } from "@signalflow/domain/bus/SignalBus"
import { VelocityCache } from "@signalflow/domain/VelocityCache"
import { Effect, Latch, Layer, Stream } from "effect"
import { getHeapSpaceStatistics } from "node:v8"
import * as TestPostgres from "../../platform/test/TestPostgres.ts"
import { DeadLetters } from "../src/deadletters/DeadLetters.ts"
import * as PgSignalStore from "../src/store/PgSignalStore.ts"
import * as Pipeline from "../src/pipeline/Pipeline.ts"
import { observed } from "./events.ts"
import { surroundings } from "./InMemory.ts"

const BATCH = 500
const WARMING = 40
const MEASURED = 60

const oldGeneration = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === "old_space")!.space_used_size

/** Delivers batches of ever new signals and says when one is acknowledged; of what it delivered it keeps nothing. */
const endless = (onAcknowledged: (batch: number) => Effect.Effect<void>) => {
  let made = 0
  let acknowledged = 0
  const lane: Lane = {
    topic: "signals.normalised",
    partition: 0,
    ack: (offsets) => {
      acknowledged += offsets.length
      return onAcknowledged(acknowledged / BATCH)
    },
  }
  const delivery = (): Delivery => {
    const offset = made++
    const now = Date.now()
    const event = observed({ id: String(offset), title: `Something new, number ${offset}`, publishedAt: now - 60_000, observedAt: now })
    const { key, value, headers } = signalRecord(event)
    return { lane, offset, key, value, headers, publishedAt: now }
  }
  const chunk = Effect.sync((): [Delivery, ...Array<Delivery>] => [delivery(), ...Array.from({ length: BATCH - 1 }, delivery)])
  return Layer.mock(SignalConsumer, {
    deliveries: () => Stream.fromPull(Effect.succeed(chunk)),
    unread: () => Effect.succeed({ messages: 0, oldestMs: null }),
    forget: () => Effect.void,
  })
}

it.live("a batch that was written is collected with the young: nothing of it waits for a full collection", () =>
  Effect.gen(function* () {
    const done = Latch.makeUnsafe(false)
    let last = 0
    let grown = 0
    const consumer = endless((batch) =>
      Effect.suspend(() => {
        const now = oldGeneration()
        if (batch > WARMING) grown += Math.max(0, now - last)
        last = now
        return batch < WARMING + MEASURED ? Effect.void : Effect.andThen(done.open, Effect.never)
      }),
    )
    const layers = Layer.mergeAll(
      PgSignalStore.layer.pipe(Layer.provide(TestPostgres.layerWith({ poolSize: 2 }))),
      DeadLetters.layerMemory,
      surroundings({ BATCH_SIZE: BATCH }),
      // Without one that remembers.
      Layer.mock(VelocityCache, { read: () => Effect.succeed(new Map()), advance: () => Effect.void, forget: () => Effect.void }),
      Layer.mock(SignalPublisher, { publish: () => Effect.void }),
    )
    yield* Effect.raceFirst(
      done.await,
      Pipeline.runWith({ ...Pipeline.enrichment, announces: false }).pipe(Effect.provide(Layer.merge(consumer, layers)), Effect.orDie),
    )
    const bytes = grown / (MEASURED * BATCH)
    console.log(`${bytes.toFixed(0)} bytes of each signal became old`)
    assert.isBelow(bytes, 1_000)
  }),
)
