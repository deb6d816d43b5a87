import { type DeadLetterRecord, fromBus, recordOf } from "@signalflow/domain/deadletters/DeadLetterRecord"
import { groups } from "@signalflow/domain/bus/Groups"
import { dlqTopics } from "@signalflow/domain/deadletters/DeadLetterTopics"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings } from "@signalflow/domain/settings/Settings"
import { ackAll, type BusError, type Delivery, SignalConsumer } from "@signalflow/domain/bus/SignalBus"
import { backoff } from "@signalflow/platform/flow/Backoff"
import * as Patience from "@signalflow/platform/flow/Patience"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Clock, Effect, Result, Schedule, Stream } from "effect"
import { DeadLetters, type DeadLettersError } from "./DeadLetters.ts"
import { gracefully } from "@signalflow/platform/flow/GracefulStop"

/** Payloads may be large. */
const BATCH = 50
const NAME = "dead letters"
const STOP_GRACE_MS = 5_000

/** What the service reads; a bus keeps messages for it from the moment this is registered. */
export const subscription = Effect.map(Settings, (settings) => ({
  group: groups.deadLetters,
  topics: dlqTopics(settings),
  maxInFlight: BATCH * 2,
}))

export const register: Effect.Effect<void, BusError, Settings | SignalConsumer> = Effect.gen(function* () {
  yield* (yield* SignalConsumer).register(yield* subscription)
})

/** A record that cannot be read is itself a letter of its `.dlq` topic: it is published nowhere, so it cannot come round again. */
const letterOf = (delivery: Delivery, now: number): DeadLetterRecord => {
  const read = fromBus(delivery)
  return Result.isSuccess(read)
    ? read.success
    : recordOf({ delivery, errorClass: "validation", error: `not a record of dead letters: ${read.failure}` }, now)
}

const make = Effect.gen(function* () {
  const consumer = yield* SignalConsumer
  const deadLetters = yield* DeadLetters
  const readiness = yield* Readiness
  const metrics = yield* Metrics
  const reads = yield* subscription
  const { topics } = reads

  /** Waits transient trouble out with nothing acknowledged; what can never succeed is a bug here, and crashes. */
  const patiently = <A, E extends DeadLettersError | BusError>(effect: Effect.Effect<A, E>) =>
    Effect.provideService(
      Patience.patiently<E>({
        name: NAME,
        state: "down",
        what: "they are not stored",
        while: (error) => error._tag === "BusError" || error.transient,
        schedule: backoff(),
      })(effect),
      Readiness,
      readiness,
    )

  /** What was removed before its letter was read must not wait for the next trimming. */
  const forget = (deliveries: ReadonlyArray<Delivery>) =>
    Effect.forEach(
      topics,
      (topic) => {
        const gone = deliveries.filter(({ lane }) => lane.topic === topic.name)
        const keys = gone.map(({ key, offset }) => ({ key, before: offset + 1 }))
        return keys.length === 0 ? Effect.void : patiently(consumer.forget(topic, keys))
      },
      { discard: true },
    )

  const store = Effect.fn("DeadLetterService.store")(function* (deliveries: ReadonlyArray<Delivery>) {
    const now = yield* Clock.currentTimeMillis
    const letters = deliveries.map((delivery) => letterOf(delivery, now))
    const kept = new Set((yield* patiently(deadLetters.write(letters))).map(({ key }) => key))
    yield* forget(deliveries.filter((_, index) => !kept.has(letters[index]!.key)))
    yield* patiently(ackAll(deliveries))
    yield* readiness.report(NAME, "ok")
  })

  const count = deadLetters.count.pipe(
    Effect.map(({ open, parked }) => metrics.letters(open, parked)),
    Effect.ignore,
    Effect.repeat(Schedule.spaced("30 seconds")),
  )

  const onGap = (gap: { readonly topic: string; readonly partition: number; readonly from: number; readonly to: number }) =>
    Effect.logWarning(`Dead letters ${gap.from} to ${gap.to} of ${gap.topic}/${gap.partition} expired before they were stored`)

  yield* readiness.report(NAME, "ok")
  const reading = consumer.deliveries({ ...reads, onGap }).pipe(
    Stream.groupedWithin(BATCH, "250 millis"),
    Stream.runForEach((deliveries) => gracefully(STOP_GRACE_MS)(store(deliveries))),
  )
  return Effect.scoped(Effect.andThen(Effect.forkScoped(count), reading))
})

/** Every `.dlq` topic → `dlq_events` → ack, until it is interrupted. */
export const run = Effect.flatten(make)
