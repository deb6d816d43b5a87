import { Effect, Latch } from "effect"
import { KafkaDriver, KafkaError, type MemberEvents, type Message, type Place, type PlaceOffset } from "../../src/kafka/KafkaDriver.ts"

const message = (offset: number): Message => ({ offset, key: "k", value: String(offset), headers: {}, publishedAt: 1_000 })

/** A broker on a script, for what a real one does only by chance: one member, whose assignments, fetches and refusals the test decides. */
export const scripted = () => {
  const script = {
    low: 0,
    committed: new Map<string, number>(),
    /** How many of the next commits are refused. */
    refusals: 0,
    commits: [] as Array<ReadonlyArray<PlaceOffset>>,
    /** Closed: what the group has committed is not answered yet. */
    answers: Latch.makeUnsafe(true),
    paused: new Set<number>(),
    seeks: [] as Array<PlaceOffset>,
    events: null as MemberEvents | null,
  }
  const never = Effect.die("not asked for")
  const driver = KafkaDriver.of({
    brokers: never,
    topics: () => never,
    create: () => never,
    offsetsAt: () => never,
    send: () => never,
    bounds: () => Effect.sync(() => [0, 1].map((partition) => ({ partition, low: script.low, high: 1_000_000 }))),
    committed: () =>
      Effect.map(script.answers.await, () =>
        [...script.committed].map(([partition, offset]) => ({ topic: "t", partition: Number(partition), offset })),
      ),
    join: (_group, _topics, events) =>
      Effect.sync(() => {
        script.events = events
        return {
          commit: (offsets) =>
            Effect.suspend(() => {
              if (script.refusals-- > 0)
                return Effect.fail(new KafkaError({ kind: "other", message: "UNKNOWN_MEMBER_ID", cause: "refused" }))
              script.commits.push(offsets)
              for (const { partition, offset } of offsets) script.committed.set(String(partition), offset)
              return Effect.void
            }),
          pause: ({ partition }) => void script.paused.add(partition),
          resume: ({ partition }) => void script.paused.delete(partition),
          seek: (place) => void script.seeks.push(place),
        }
      }),
  })
  const place = (partition: number): Place => ({ topic: "t", partition })
  const assigned = (partitions: ReadonlyArray<number>) => {
    script.paused.clear()
    return script.events!.assigned(partitions.map(place))
  }
  return {
    script,
    driver,
    assign: (...partitions: ReadonlyArray<number>) => Effect.promise(() => assigned(partitions)),
    /** Assigns, and does not wait until it is taken: what it answers does. */
    assigning: (...partitions: ReadonlyArray<number>) =>
      Effect.sync(() => {
        const taken = assigned(partitions)
        return Effect.promise(() => taken)
      }),
    /** A fetch from `from` on; answers what is to be read next. */
    fetched: (partition: number, from: number, count: number) =>
      Effect.promise(() =>
        script.events!.batch(
          place(partition),
          from,
          from + count,
          Array.from({ length: count }, (_, n) => message(from + n)),
        ),
      ),
  }
}
