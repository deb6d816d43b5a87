import { keyOf } from "@signalflow/domain/signals/SignalEvent"
import { signalRecord, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import { Effect, Schedule } from "effect"
import type { Plan } from "./Plan.ts"
import type { Truth } from "./Truth.ts"

const TICK = "100 millis"
/** Events of one publish at most: what has been held up comes in bigger batches. */
const MOST = 1_000

export interface Sent {
  count: number
  /** Longest time that one publish took, milliseconds. */
  longest: number
  /** Events per key. */
  readonly keys: Map<string, number>
}

const publish = (events: ReadonlyArray<Parameters<typeof signalRecord>[0]>, truth: Truth, sent: Sent) =>
  Effect.gen(function* () {
    const { publish } = yield* SignalPublisher
    for (const event of events) {
      truth.publish(event)
      const key = keyOf(event)
      sent.keys.set(key, (sent.keys.get(key) ?? 0) + 1)
    }
    const from = Date.now()
    // As every source does: the whole batch again until it is durable, and nothing after it before.
    yield* Effect.retry(publish(events.map((event) => signalRecord(event))), Schedule.spaced("100 millis"))
    sent.longest = Math.max(sent.longest, Date.now() - from)
    sent.count += events.length
  })

/** Publishes a plan, `perSecond` events a second for `seconds`; whoever was held up catches up. */
export const run = (plan: Plan, truth: Truth, sent: Sent, startedAt: number, perSecond: number, seconds: number) =>
  Effect.gen(function* () {
    const total = Math.round(perSecond * seconds)
    let made = 0
    yield* Effect.repeat(
      Effect.suspend(() => {
        const due = Math.min(total, made + MOST, Math.floor(((Date.now() - startedAt) / 1_000) * perSecond))
        const events = []
        for (; made < due; made++) events.push(plan.next(startedAt + Math.floor((made / perSecond) * 1_000)))
        return events.length === 0 ? Effect.void : publish(events, truth, sent)
      }),
      { schedule: Schedule.spaced(TICK), while: () => Effect.sync(() => made < total) },
    )
  })

/** Publishes what may only come when everything before it is stored. */
export const finish = (plan: Plan, truth: Truth, sent: Sent) => publish([...plan.returning(Date.now())], truth, sent)
