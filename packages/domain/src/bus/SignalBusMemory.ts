import { Clock, Context, Effect, Latch, Layer, Stream } from "effect"
import { type BusTopic, partitionOf } from "./BusTopic.ts"
import { HeldPartition } from "./HeldPartition.ts"
import { MemoryLog } from "./MemoryLog.ts"
import { withinLimit } from "./RecordLimit.ts"
import {
  type BusRecord,
  type Delivery,
  type Gap,
  type Lane,
  SignalConsumer,
  SignalPublisher,
  type Start,
  type Subscription,
} from "./SignalBus.ts"

interface Member {
  readonly group: string
  readonly topics: ReadonlySet<string>
  readonly maxInFlight: number
  readonly wake: Latch.Latch
  readonly held: Map<MemoryLog, { readonly state: HeldPartition; readonly lane: Lane }>
}

/** Messages per partition that are kept of a topic that no group has registered for: what `tail` may still want. */
const UNCLAIMED_LIMIT = 10_000

const CHUNK = 500

const warnOfGap = ({ topic, partition, from, to }: Gap) =>
  Effect.logWarning(`Offsets ${from} to ${to} of ${topic}, partition ${partition}, are no longer kept`)

const make = Effect.sync(() => {
  const logs = new Map<string, ReadonlyArray<MemoryLog>>()
  const groups = new Map<string, Set<string>>()
  const committed = new Map<string, number>()
  const members = new Set<Member>()
  const latches = new Set<Latch.Latch>()

  const logsOf = (topic: BusTopic): ReadonlyArray<MemoryLog> => {
    let found = logs.get(topic.name)
    if (found === undefined) {
      found = Array.from({ length: topic.partitions }, (_, partition) => new MemoryLog(topic.name, partition))
      logs.set(topic.name, found)
    }
    return found
  }
  const place = (group: string, log: MemoryLog) => `${group}\u0000${log.topic}\u0000${log.partition}`
  const committedOf = (group: string, log: MemoryLog) => committed.get(place(group, log)) ?? 0
  const wakeAll = () => {
    for (const latch of latches) latch.openUnsafe()
  }

  const trim = (log: MemoryLog) => {
    const floors = [...groups].filter(([, topics]) => topics.has(log.topic)).map(([group]) => committedOf(group, log))
    log.trim(floors.length > 0 ? Math.min(...floors) : log.lastOffsets(UNCLAIMED_LIMIT))
  }

  const register = (subscription: Subscription) =>
    Effect.sync(() => {
      const topics = groups.get(subscription.group) ?? new Set()
      groups.set(subscription.group, topics)
      for (const topic of subscription.topics) {
        if (topics.has(topic.name)) continue
        topics.add(topic.name)
        for (const log of logsOf(topic)) committed.set(place(subscription.group, log), log.next)
      }
    })

  const publish = (records: ReadonlyArray<BusRecord>) =>
    Effect.map(Effect.andThen(withinLimit(records), Clock.currentTimeMillis), (publishedAt) => {
      const claimed = new Set([...groups.values()].flatMap((topics) => [...topics]))
      for (const record of records) {
        const log = logsOf(record.topic)[partitionOf(record.key, record.topic.partitions)]!
        log.append(record, publishedAt)
        if (!claimed.has(log.topic) && log.size > 2 * UNCLAIMED_LIMIT) trim(log)
      }
      wakeAll()
    })

  const release = (member: Member, log: MemoryLog) => {
    member.held.get(log)!.state.lost = true
    member.held.delete(log)
  }

  const hold = (member: Member, log: MemoryLog) => {
    const state = new HeldPartition(log.topic, log.partition, committedOf(member.group, log))
    const lane: Lane = {
      topic: log.topic,
      partition: log.partition,
      ack: (offsets) =>
        Effect.sync(() => {
          if (state.ack(offsets)) {
            state.committed = state.committable
            committed.set(place(member.group, log), state.committed)
            trim(log)
          }
          if (!state.lost && state.leavingBy !== null && state.pending === 0) {
            release(member, log)
            balance(member.group, log.topic)
          }
          member.wake.openUnsafe()
        }),
    }
    member.held.set(log, { state, lane })
    member.wake.openUnsafe()
  }

  /** Each member of a group holds at most its share of a topic; what exceeds it goes when nothing of it is un-acknowledged. */
  const balance = (group: string, topic: string) => {
    const sharing = [...members].filter((member) => member.group === group && member.topics.has(topic))
    if (sharing.length === 0) return
    const all = logs.get(topic)!
    const share = Math.ceil(all.length / sharing.length)
    const ofTopic = (member: Member) => [...member.held].filter(([log]) => log.topic === topic)
    for (const member of sharing) {
      for (const [log, { state }] of ofTopic(member).slice(share)) {
        state.leavingBy = Infinity
        if (state.pending === 0) release(member, log)
      }
    }
    const taken = new Set(sharing.flatMap((member) => [...member.held.keys()]))
    for (const log of all) {
      if (taken.has(log)) continue
      const poorest = sharing.toSorted((a, b) => ofTopic(a).length - ofTopic(b).length)[0]!
      if (ofTopic(poorest).length < share) hold(poorest, log)
    }
  }

  const awake = Effect.acquireRelease(
    Effect.sync(() => {
      const latch = Latch.makeUnsafe(false)
      latches.add(latch)
      return latch
    }),
    (latch) => Effect.sync(() => latches.delete(latch)),
  )

  /** Repeats `read`, waiting for the latch where it has nothing. */
  const chunks = (wake: Latch.Latch, read: Effect.Effect<ReadonlyArray<Delivery>>) =>
    Stream.flattenIterable(
      Stream.fromEffectRepeat(
        Effect.gen(function* () {
          while (true) {
            wake.closeUnsafe()
            const ready = yield* read
            if (ready.length > 0) return ready
            yield* wake.await
          }
        }),
      ),
    )

  const joined = (subscription: Subscription) =>
    Effect.gen(function* () {
      yield* register(subscription)
      const member: Member = {
        group: subscription.group,
        topics: new Set(subscription.topics.map((topic) => topic.name)),
        maxInFlight: subscription.maxInFlight ?? 2_000,
        wake: yield* awake,
        held: new Map(),
      }
      const balanceAll = () => subscription.topics.forEach((topic) => balance(member.group, topic.name))
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          members.add(member)
          balanceAll()
        }),
        () =>
          Effect.sync(() => {
            members.delete(member)
            for (const log of member.held.keys()) release(member, log)
            balanceAll()
          }),
      )
      return member
    })

  const deliveries = (subscription: Subscription) =>
    Stream.unwrap(
      Effect.map(joined(subscription), (member) =>
        chunks(
          member.wake,
          Effect.sync(() =>
            [...member.held].flatMap(([log, { state, lane }]) => {
              const ready = log.read(state.position, Math.min(CHUNK, state.room(member.maxInFlight)))
              for (const message of ready) state.delivered(message.offset)
              return ready.map((message): Delivery => ({ ...message, lane }))
            }),
          ),
        ),
      ),
    )

  const tail = (topics: ReadonlyArray<BusTopic>, from?: Start) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const wake = yield* awake
        const since = typeof from === "number" ? from : 0
        const { offsets, onGap = warnOfGap } = typeof from === "object" ? from : {}
        const asked = (log: MemoryLog) =>
          offsets?.find(({ topic, partition }) => topic === log.topic && partition === log.partition)?.offset
        const places = topics.flatMap(logsOf).map((log) => ({
          log,
          at: from === undefined ? log.next : Math.min(asked(log) ?? log.first, log.next),
          lane: { topic: log.topic, partition: log.partition, ack: () => Effect.void } satisfies Lane,
        }))
        return chunks(
          wake,
          Effect.gen(function* () {
            const found: Array<Delivery> = []
            for (const place of places) {
              const { log, at, lane } = place
              place.at = log.next
              if (offsets !== undefined && at < log.first)
                yield* onGap({ topic: log.topic, partition: log.partition, from: at, to: log.first })
              for (const message of log.read(at)) if (message.publishedAt >= since) found.push({ ...message, lane })
            }
            return found
          }),
        )
      }),
    )

  const forget = (topic: BusTopic, keys: ReadonlyArray<{ readonly key: string; readonly before: number }>) =>
    Effect.sync(() => {
      for (const { key, before } of keys) {
        logsOf(topic)[partitionOf(key, topic.partitions)]!.forget(key, before)
      }
    })

  const unread = (group: string) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      let messages = 0
      let oldestMs: number | null = null
      for (const log of [...(groups.get(group) ?? [])].flatMap((topic) => logs.get(topic) ?? [])) {
        const waiting = log.read(committedOf(group, log))
        messages += waiting.length
        if (waiting.length > 0) oldestMs = Math.max(oldestMs ?? 0, now - waiting[0]!.publishedAt)
      }
      return { messages, oldestMs }
    })

  return Context.make(SignalPublisher, { publish }).pipe(Context.add(SignalConsumer, { register, deliveries, tail, forget, unread }))
})

/** A bus in memory with the contract of the real ones: partitions, groups, commits over a contiguous prefix, redelivery to the next subscriber. */
export const layerMemory: Layer.Layer<SignalPublisher | SignalConsumer> = Layer.effectContext(make)
