import { dlqTopicOf, signalsNormalised } from "@signalflow/domain/bus/BusTopic"
import { recordOf, toBus } from "@signalflow/domain/deadletters/DeadLetterRecord"
import { discoveryTopics } from "@signalflow/domain/sources/Discovered"
import { Settings } from "@signalflow/domain/settings/Settings"
import { type BusError, type BusRecord, SignalConsumer, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import type { SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import { Clock, Effect } from "effect"
import { DeadLetters, type Gone, type Letter } from "./DeadLetters.ts"
import type { Author } from "../store/SignalStore.ts"
import { runsOf } from "./Runs.ts"

const dlq = dlqTopicOf(signalsNormalised)

/** Authors whose posts these events remove for good. */
export const removedAuthors = (events: ReadonlyArray<{ readonly event: SignalEvent }>): ReadonlyArray<Author> =>
  events.flatMap(({ event }) =>
    event._tag === "Removed" && event.kind === "deleted" && event.target._tag === "Author" ? [event.target] : [],
  )

/** How the pipeline sets messages aside, and lets go of them. Both may be done again. */
export const settingAside = Effect.gen(function* () {
  const deadLetters = yield* DeadLetters
  const publisher = yield* SignalPublisher
  const consumer = yield* SignalConsumer
  const discovered = Object.values(discoveryTopics(yield* Settings))

  /** What a broker refuses stands in the table: it must not hold up the others. */
  const publish = (records: ReadonlyArray<BusRecord>): Effect.Effect<void, BusError> =>
    publisher.publish(records).pipe(
      Effect.catchIf(
        ({ refused }) => refused !== undefined && refused.length > 0,
        (error) => {
          const refused = new Set(error.refused!.map(({ index }) => index))
          const left = records.filter((_, index) => !refused.has(index))
          return Effect.andThen(
            Effect.logWarning(`Dead letters stand in dlq_events alone: ${error.message}`),
            left.length === 0 ? Effect.void : publish(left),
          )
        },
      ),
    )

  return {
    /** Into the table first: it knows what was removed meanwhile, of which nothing is published. */
    write: (letters: ReadonlyArray<Letter>) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const kept = yield* deadLetters.write(letters.map((letter) => recordOf(letter, now)))
        for (const run of runsOf(kept)) yield* publish(run.map(toBus))
      }),
    /** From the table, and from the `.dlq` topics and those of discovery where the bus can let go of single messages. */
    forget: (gone: Gone) =>
      Effect.gen(function* () {
        const letters = yield* deadLetters.forget(gone)
        yield* consumer.forget(dlq, wholly([...gone.keys, ...letters]))
        const names = gone.keys.flatMap((key) => (key.startsWith("reddit:") ? [key.slice("reddit:".length)] : []))
        for (const topic of discovered) {
          yield* consumer.forget(topic, wholly(names))
          yield* consumer.forget(dlqTopicOf(topic), wholly([...names, ...letters]))
        }
      }),
  }
})

/** All messages of these keys. */
const wholly = (keys: ReadonlyArray<string>) => [...new Set(keys)].map((key) => ({ key, before: Number.MAX_SAFE_INTEGER }))
