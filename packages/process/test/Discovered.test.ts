import { assert, it } from "@effect/vitest"
import { discoveryTopics } from "@signalflow/domain/sources/Discovered"
import { Settings } from "@signalflow/domain/settings/Settings"
import { signalId } from "@signalflow/domain/signals/Signal"
import { SignalConsumer, SignalPublisher, signalRecord } from "@signalflow/domain/bus/SignalBus"
import { Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Pipeline from "../src/pipeline/Pipeline.ts"
import { layerMemory } from "../src/store/SignalStoreMemory.ts"
import { MINUTE, NOON, observed, removedSignal } from "./events.ts"
import { withBus } from "./InMemory.ts"

const Test = Layer.merge(withBus(), layerMemory)

const removed = (id: string) => ({
  ...removedSignal(id, "deleted", NOON + MINUTE),
  target: { _tag: "Signal" as const, id: signalId("reddit", id) },
})

it.effect("guarantee 4: what was deleted leaves the topics of discovery too", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(NOON + 5 * MINUTE)
    const bus = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const { submissions, comments } = discoveryTopics(yield* Settings)
    yield* Effect.forkChild(Pipeline.run)
    yield* TestClock.adjust(0)
    const found = (topic: typeof submissions, key: string) => ({ topic, key, value: "{}", headers: {} })
    yield* bus.publish([found(submissions, "t3_a"), found(submissions, "t3_b"), found(comments, "t1_a"), found(comments, "t1_b")])
    yield* bus.publish([
      signalRecord(observed({ platform: "reddit", id: "t3_a" })),
      signalRecord(removed("t3_a")),
      signalRecord(removed("t1_b")),
    ])
    yield* TestClock.adjust("1 second")
    const left = yield* consumer.tail([submissions, comments], 0).pipe(Stream.take(2), Stream.runCollect)
    assert.deepStrictEqual([...left].map(({ key }) => key).sort(), ["t1_a", "t3_b"])
  }).pipe(Effect.provide(Test)),
)
