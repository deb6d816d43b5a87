import { Clock, Context, Effect, Latch, Layer, Stream } from "effect"
import { type BusTopic, partitionOf } from "./BusTopic.ts"
import { OffsetTracker } from "./OffsetTracker.ts"
import { type BusRecord, type Delivery, type Lane, SignalConsumer, SignalPublisher, type Subscription } from "./SignalBus.ts"

interface Stored extends BusRecord {
  readonly offset: number
  readonly publishedAt: number
}

interface Log {
  readonly topic: string
  readonly partition: number
  messages: Array<Stored>
  next: number
}

const log = (topic: string, partition: number): Log => ({ topic, partition, messages: [], next: 0 })

/** A bus in memory with the contract of the real ones: partitions, groups, commits over a gap-free prefix, redelivery to the next subscriber. */
export const layerMemory: Layer.Layer<SignalPublisher | SignalConsumer> = Layer.effectContext(
  Effect.gen(function* () {
    const logs = new Map<string, Array<Log>>()
    const committed = new Map<string, number>()
    const groups = new Map<string, Set<string>>()
    const arrived = yield* Latch.make(false)
    const owners = new Set<string>()
    const released = yield* Latch.make(false)

    const logsOf = (topic: BusTopic): Array<Log> => {
      let found = logs.get(topic.name)
      if (found === undefined) {
        found = Array.from({ length: topic.partitions }, (_, partition) => log(topic.name, partition))
        logs.set(topic.name, found)
      }
      return found
    }
    const commitKey = (group: string, of: Log) => `${group}\u0000${of.topic}\u0000${of.partition}`

    const register = (subscription: Subscription) =>
      Effect.sync(() => {
        const topics = groups.get(subscription.group) ?? new Set()
        groups.set(subscription.group, topics)
        for (const topic of subscription.topics) {
          if (topics.has(topic.name)) continue
          topics.add(topic.name)
          for (const of of logsOf(topic)) committed.set(commitKey(subscription.group, of), of.next)
        }
      })

    const trim = (of: Log) => {
      let floor = Infinity
      for (const [group, topics] of groups) if (topics.has(of.topic)) floor = Math.min(floor, committed.get(commitKey(group, of)) ?? 0)
      if (floor !== Infinity && of.messages[0] !== undefined && of.messages[0].offset < floor)
        of.messages = of.messages.filter((message) => message.offset >= floor)
    }

    const publish = (records: ReadonlyArray<BusRecord>) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        for (const record of records) {
          const of = logsOf(record.topic)[partitionOf(record.key, record.topic.partitions)]!
          of.messages.push({ ...record, offset: of.next++, publishedAt: now })
        }
        for (const [name, all] of logs) if (![...groups.values()].some((topics) => topics.has(name))) for (const of of all) of.messages = of.messages.slice(-10_000)
        yield* arrived.open
      })

    /** One partition for one subscriber: reads in order from the committed offset, at most `maxInFlight` un-acknowledged. */
    const lane = (group: string, of: Log, maxInFlight: number) => {
      const key = commitKey(group, of)
      const acquire = Effect.gen(function* () {
        while (owners.has(key)) {
          yield* released.close
          yield* released.await
        }
        owners.add(key)
        const acked = yield* Latch.make(false)
        const tracker = new OffsetTracker()
        const handle: Lane = {
          topic: of.topic,
          partition: of.partition,
          ack: (offsets) =>
            Effect.suspend(() => {
              const next = tracker.ack(offsets)
              if (next !== null) {
                committed.set(key, next)
                trim(of)
              }
              return acked.open
            }),
        }
        return { handle, tracker, acked, at: { value: committed.get(key) ?? 0 } }
      })
      return Stream.unwrap(
        Effect.map(
          Effect.acquireRelease(acquire, () => Effect.andThen(Effect.sync(() => owners.delete(key)), released.open)),
          ({ handle, tracker, acked, at }) =>
            Stream.fromEffectRepeat(
              Effect.gen(function* () {
                while (true) {
                  if (tracker.pending < maxInFlight) {
                    const ready = of.messages.filter((message) => message.offset >= at.value).slice(0, maxInFlight - tracker.pending)
                    if (ready.length > 0) {
                      at.value = ready.at(-1)!.offset + 1
                      return ready.map((message): Delivery => {
                        tracker.delivered(message.offset)
                        return { ...message, lane: handle }
                      })
                    }
                    yield* arrived.close
                    if (of.messages.some((message) => message.offset >= at.value)) continue
                    yield* arrived.await
                  } else {
                    yield* acked.close
                    yield* acked.await
                  }
                }
              }),
            ).pipe(Stream.flattenIterable),
        ),
      )
    }

    const deliveries = (subscription: Subscription) =>
      Stream.unwrap(
        Effect.map(register(subscription), () =>
          Stream.mergeAll(
            subscription.topics.flatMap((topic) => logsOf(topic).map((of) => lane(subscription.group, of, subscription.maxInFlight ?? 2_000))),
            { concurrency: "unbounded" },
          ),
        ),
      )

    const tail = (topics: ReadonlyArray<BusTopic>, since?: number) =>
      Stream.mergeAll(
        topics.flatMap(logsOf).map((of) => {
          const at = { value: since === undefined ? of.next : 0 }
          const silent: Lane = { topic: of.topic, partition: of.partition, ack: () => Effect.void }
          return Stream.fromEffectRepeat(
            Effect.gen(function* () {
              while (true) {
                const ready = of.messages.filter((message) => message.offset >= at.value && message.publishedAt >= (since ?? 0))
                at.value = of.next
                if (ready.length > 0) return ready.map((message): Delivery => ({ ...message, lane: silent }))
                yield* arrived.close
                yield* arrived.await
              }
            }),
          ).pipe(Stream.flattenIterable)
        }),
        { concurrency: "unbounded" },
      )

    const forget = (topic: BusTopic, keys: ReadonlyArray<{ readonly key: string; readonly before: number }>) =>
      Effect.sync(() => {
        for (const { key, before } of keys) {
          const of = logsOf(topic)[partitionOf(key, topic.partitions)]!
          of.messages = of.messages.filter((message) => message.key !== key || message.offset >= before)
        }
      })

    const unread = (group: string) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        let messages = 0
        let oldest: number | null = null
        for (const name of groups.get(group) ?? [])
          for (const of of logs.get(name) ?? []) {
            const from = committed.get(commitKey(group, of)) ?? 0
            const waiting = of.messages.filter((message) => message.offset >= from)
            messages += waiting.length
            if (waiting[0] !== undefined) oldest = Math.max(oldest ?? 0, now - waiting[0].publishedAt)
          }
        return { messages, oldestMs: oldest }
      })

    return Context.make(SignalPublisher, { publish }).pipe(Context.add(SignalConsumer, { register, deliveries, tail, forget, unread }))
  }),
)
