import type { BusTopic } from "@signalflow/domain/bus/BusTopic"
import { Deferred, Effect, Schedule, Semaphore } from "effect"
import { type KafkaDriver, KafkaError, type MemberEvents, type PlaceOffset } from "./KafkaDriver.ts"

/**
 * Makes groups known: a new one starts at the present end of each topic. Only who holds a partition records its start, in the
 * generation in which he holds it: of two that register at once, the later one cannot move the start of the earlier.
 */
export const make = (driver: KafkaDriver["Service"]) => {
  const turns = new Map<string, Semaphore.Semaphore>()

  const missing = (group: string, topics: ReadonlyArray<BusTopic>) =>
    Effect.gen(function* () {
      const committed = new Set((yield* driver.committed(group)).map(({ topic, partition }) => `${topic} ${partition}`))
      return topics.flatMap(({ name, partitions }) =>
        Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })).filter(
          ({ topic, partition }) => !committed.has(`${topic} ${partition}`),
        ),
      )
    })

  const starts = (group: string, topics: ReadonlyArray<BusTopic>, held: ReadonlySet<string>) =>
    Effect.gen(function* () {
      const open = (yield* missing(group, topics)).filter(({ topic, partition }) => held.has(`${topic} ${partition}`))
      const found: Array<PlaceOffset> = []
      for (const topic of new Set(open.map(({ topic }) => topic))) {
        const bounds = yield* driver.bounds(topic)
        for (const place of open) {
          const bound = place.topic === topic ? bounds.find(({ partition }) => partition === place.partition) : undefined
          if (bound !== undefined) found.push({ ...place, offset: bound.high })
        }
      }
      return found
    })

  const claim = (group: string, topics: ReadonlyArray<BusTopic>) =>
    Effect.gen(function* () {
      const held = yield* Deferred.make<ReadonlySet<string>, KafkaError>()
      const events: MemberEvents = {
        assigned: async (places) => {
          Deferred.doneUnsafe(held, Effect.succeed(new Set(places.map(({ topic, partition }) => `${topic} ${partition}`))))
        },
        batch: async (_place, _from, next) => next,
        polled: () => {},
        failed: (error) => void Deferred.doneUnsafe(held, Effect.fail(error)),
      }
      const member = yield* driver.join(
        group,
        topics.map(({ name }) => name),
        events,
      )
      const offsets = yield* starts(group, topics, yield* Deferred.await(held))
      if (offsets.length > 0) yield* member.commit(offsets)
    }).pipe(Effect.scoped)

  return (group: string, topics: ReadonlyArray<BusTopic>): Effect.Effect<void, KafkaError> => {
    const turn = turns.get(group) ?? Semaphore.makeUnsafe(1)
    turns.set(group, turn)
    const once = Effect.gen(function* () {
      if ((yield* missing(group, topics)).length === 0) return
      yield* claim(group, topics)
      const left = yield* missing(group, topics)
      if (left.length === 0) return
      const message = `${left.length} partitions of group ${group} have no offset yet`
      return yield* new KafkaError({ kind: "other", message, cause: message })
    })
    return turn.withPermit(
      Effect.retry(once, Schedule.max([Schedule.exponential("100 millis").pipe(Schedule.jittered), Schedule.recurs(8)])),
    )
  }
}
