import { groups } from "@signalflow/domain/bus/Groups"
import { assert, describe, it } from "@effect/vitest"
import { Readiness } from "@signalflow/domain/Readiness"
import { type BusRecord, SignalConsumer, SignalPublisher, signalRecord } from "@signalflow/domain/bus/SignalBus"
import { Clock, Effect, Fiber, Layer } from "effect"
import { eventually, receive } from "../../domain/test/Received.ts"
import { DeadLetters, StoredLetters } from "../src/deadletters/DeadLetters.ts"
import * as Pipeline from "../src/pipeline/Pipeline.ts"
import { layerMemory, StoredRows } from "../src/store/SignalStoreMemory.ts"
import { observed } from "./events.ts"
import { surroundings } from "./InMemory.ts"

const next = (id: string, at: number): BusRecord => {
  const record = signalRecord(observed({ id, observedAt: at, publishedAt: at }))
  return {
    ...record,
    value: JSON.stringify({ ...JSON.parse(record.value), shape: "of the next version" }),
    headers: { ...record.headers, schema_version: "2" },
  }
}

/** What a message of the next version does to this program, on a bus of its own. */
export const suite = <E>(name: string, bus: Layer.Layer<SignalPublisher | SignalConsumer, E>) =>
  describe(name, () => {
    it.live(
      "a message of the next schema version stalls this program, which says so; the next version's reader goes on from there with nothing lost",
      () =>
        Effect.gen(function* () {
          const { publish } = yield* SignalPublisher
          const consumer = yield* SignalConsumer
          const readiness = yield* Readiness
          const rows = yield* StoredRows
          const now = yield* Clock.currentTimeMillis
          const old = (id: string) => signalRecord(observed({ id, observedAt: now, publishedAt: now }))
          const process = Effect.map(readiness.all, (all) => all.find((one) => one.name === "process"))
          yield* consumer.register(Pipeline.subscription)
          const running = yield* Effect.forkScoped(Pipeline.run)
          yield* publish(["a", "b", "c"].map(old))
          yield* eventually(consumer.unread(groups.process), ({ messages }) => messages === 0)

          const later = [old("d"), next("n1", now), old("e"), next("a", now + 1), old("f")]
          yield* publish(later)
          const state = yield* eventually(process, (state) => state?.state === "down")
          assert.include(state?.why, "schema version 2")
          assert.include(state?.why, "upgrade")
          assert.strictEqual((yield* StoredLetters).size, 0)
          yield* Fiber.interrupt(running)
          const done = new Set(rows.signals.keys())
          assert.isFalse(done.has("hackernews:n1" as never))

          const reader = yield* receive(consumer.deliveries(Pipeline.subscription), (delivery) => delivery.lane.ack([delivery.offset]))
          yield* eventually(consumer.unread(groups.process), ({ messages }) => messages === 0)
          const seen = reader.all.map(({ key, headers }) => `${key} ${headers["schema_version"]}`)
          for (const { key, headers } of later)
            assert.isTrue(
              seen.includes(`${key} ${headers["schema_version"]}`) || (headers["schema_version"] !== "2" && done.has(key as never)),
              `${key} was read by nobody`,
            )
          assert.isFalse(seen.some((one) => /:[bc] /.test(one)))
          assert.strictEqual(reader.all.find(({ key }) => key === "hackernews:n1")!.value, later[1]!.value)
        }).pipe(Effect.scoped, Effect.provide(Layer.mergeAll(layerMemory, DeadLetters.layerMemory, surroundings({ BATCH_SIZE: 2 }), bus))),
      120_000,
    )
  })
