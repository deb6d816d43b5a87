import { Clock, Effect } from "effect"
import type { KafkaDriver, KafkaError } from "./KafkaDriver.ts"

const PRECISION_MS = 100
const MOST_MS = 400 * 86_400_000

/** What a group has not acknowledged. Kafka tells no message's age: it is found by asking which offset a time has. */
export const unread = (
  driver: KafkaDriver["Service"],
  group: string,
): Effect.Effect<{ readonly messages: number; readonly oldestMs: number | null }, KafkaError> =>
  Effect.gen(function* () {
    const committed = Map.groupBy(yield* driver.committed(group), ({ topic }) => topic)
    let messages = 0
    const waiting = new Map<string, Map<number, number>>()
    for (const [topic, places] of committed) {
      const bounds = yield* driver.bounds(topic)
      for (const { partition, offset } of places) {
        const bound = bounds.find((bound) => bound.partition === partition)
        if (bound === undefined) continue
        const from = Math.max(offset, bound.low)
        if (bound.high <= from) continue
        messages += bound.high - from
        const partitions = waiting.get(topic) ?? new Map<number, number>()
        waiting.set(topic, partitions.set(partition, from))
      }
    }
    if (messages === 0) return { messages, oldestMs: null }

    const now = yield* Clock.currentTimeMillis
    const allYounger = (age: number) =>
      Effect.gen(function* () {
        for (const [topic, partitions] of waiting) {
          const offsets = yield* driver.offsetsAt(topic, now - age)
          if (offsets.some(({ partition, offset }) => offset > (partitions.get(partition) ?? Infinity))) return false
        }
        return true
      })
    let young = 0
    let old = 1_000
    while (old < MOST_MS && !(yield* allYounger(old))) {
      young = old
      old *= 2
    }
    while (old - young > Math.max(PRECISION_MS, young / 50)) {
      const middle = Math.floor((young + old) / 2)
      if (yield* allYounger(middle)) old = middle
      else young = middle
    }
    return { messages, oldestMs: old }
  })
