import type * as PgClient from "@effect/sql-pg/PgClient"
import { HeldPartition } from "@signalflow/domain/bus/HeldPartition"
import type { BusError, Delivery, Gap, Lane, Subscription } from "@signalflow/domain/bus/SignalBus"
import { type Duration, Effect, type Latch, Schedule, type Scope, Semaphore } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { BusMeter } from "../../telemetry/Metrics.ts"
import { int4, int8, text, toNumber } from "../Sql.ts"
import { register, seen } from "./BusGroups.ts"
import { join, leave, partitionKey, standing, tryLock, unlock } from "./BusLocks.ts"
import { CHUNK, read } from "./BusReading.ts"
import { busError, dedicated } from "./BusSql.ts"

export interface ConsumerOptions extends Subscription {
  readonly onGap: (gap: Gap) => Effect.Effect<void>
  /** Longest that a message waits when nobody was woken. */
  readonly pollEvery: Duration.Duration
  readonly balanceEvery: Duration.Duration
  /** Longest that a partition which is given up waits for its acknowledgements, in milliseconds. */
  readonly leaveWithinMs: number
  readonly seenEvery: Duration.Duration
  readonly meter: BusMeter | undefined
}

interface Held {
  readonly state: HeldPartition
  readonly lane: Lane
}

/** One consumer on one connection; `next` is its next chunk of deliveries. It fails when the connection does, and everything it held is free then. */
export const open = (
  sql: PgClient.PgClient,
  wake: Latch.Latch,
  { group, topics, maxInFlight = 2_000, onGap, pollEvery, balanceEvery, leaveWithinMs, seenEvery, meter }: ConsumerOptions,
): Effect.Effect<Effect.Effect<readonly [Delivery, ...Array<Delivery>], SqlError>, SqlError, Scope.Scope> =>
  Effect.gen(function* () {
    const session = yield* dedicated(sql, `bus ${group}`)
    yield* register(session, group, topics)
    const held = new Map<bigint, Held>()
    const committing = Semaphore.makeUnsafe(1)
    let failure: SqlError | null = null

    const lose = ({ state }: Held) => {
      state.lost = true
    }
    const fail = (error: SqlError) =>
      Effect.sync(() => {
        failure ??= error
        for (const one of held.values()) lose(one)
        wake.openUnsafe()
      })

    /** Records everything that may be: one statement for all partitions, on the session that holds their locks. */
    const commit: Effect.Effect<void, SqlError> = committing.withPermit(
      Effect.suspend(() => {
        const moved = [...held.values()]
          .filter(({ state }) => !state.lost && state.committable > state.committed)
          .map(({ state }) => ({ state, to: state.committable }))
        if (moved.length === 0) return Effect.void
        return Effect.map(
          session`
            UPDATE bus_offsets o SET committed = u.committed
            FROM unnest(${text(moved.map(({ state }) => state.topic))}::text[], ${int4(moved.map(({ state }) => state.partition))}::int4[],
              ${int8(moved.map(({ to }) => to))}::int8[]) AS u (topic, partition, committed)
            WHERE o."group" = ${group} AND o.topic = u.topic AND o.partition = u.partition AND o.committed < u.committed`,
          () => {
            for (const { state, to } of moved) state.committed = Math.max(state.committed, to)
          },
        )
      }),
    )

    const ack = (state: HeldPartition, offsets: ReadonlyArray<number>): Effect.Effect<void, BusError> =>
      Effect.suspend(() => {
        if (!state.ack(offsets)) return Effect.void
        wake.openUnsafe()
        // Others that acknowledge at this moment are committed by the same statement.
        return Effect.yieldNow.pipe(
          Effect.andThen(commit),
          Effect.catch((error) =>
            // A lost connection has lost the partition too: it is delivered again, there is nothing that the caller could do.
            error.reason._tag === "ConnectionError" || state.lost
              ? fail(error)
              : Effect.fail(busError("commit", `Offsets of ${state.topic}, partition ${state.partition}, were not committed`)(error)),
          ),
        )
      })

    const take = (topic: string, partition: number) =>
      Effect.gen(function* () {
        const key = partitionKey(group, topic, partition)
        if (!(yield* tryLock(session, key))) return false
        const [row] = yield* session<{ committed: bigint; gap_from: bigint | null; first_offset: bigint }>`
          SELECT o.committed, o.gap_from, p.first_offset FROM bus_offsets o
          JOIN bus_partitions p ON p.topic = o.topic AND p.partition = o.partition
          WHERE o."group" = ${group} AND o.topic = ${topic} AND o.partition = ${partition}`
        if (row === undefined) return yield* Effect.as(unlock(session, key), false)
        const from = Math.max(toNumber(row.committed), toNumber(row.first_offset))
        if (row.gap_from !== null || from > toNumber(row.committed)) {
          yield* onGap({ topic, partition, from: toNumber(row.gap_from ?? row.committed), to: from })
          yield* session`
            UPDATE bus_offsets SET gap_from = NULL, committed = ${from}::int8
            WHERE "group" = ${group} AND topic = ${topic} AND partition = ${partition}`
        }
        const state = new HeldPartition(topic, partition, from)
        held.set(key, { state, lane: { topic, partition, ack: (offsets) => ack(state, offsets) } })
        wake.openUnsafe()
        return true
      })

    const giveUp = (key: bigint, one: Held) =>
      Effect.gen(function* () {
        yield* commit
        lose(one)
        held.delete(key)
        yield* unlock(session, key)
      })

    const balance = Effect.gen(function* () {
      const now = performance.now()
      for (const { topic, members, free } of yield* standing(session, group, topics)) {
        const share = Math.ceil(topic.partitions / members)
        const ours = [...held].filter(([, { state }]) => state.topic === topic.name)
        for (const [, { state }] of ours.slice(share)) state.leavingBy ??= now + leaveWithinMs
        for (const [key, one] of ours) {
          const { leavingBy, pending } = one.state
          if (leavingBy !== null && (pending === 0 || leavingBy <= now)) yield* giveUp(key, one)
        }
        let room = share - ours.length
        for (const partition of free) if (room > 0 && (yield* take(topic.name, partition))) room--
      }
    })

    const deliver = Effect.gen(function* () {
      const open = [...held.values()].filter(({ state }) => state.room(maxInFlight) > 0)
      if (open.length === 0) return []
      const each = Math.ceil(CHUNK / open.length)
      const began = performance.now()
      const { messages, bounds } = yield* read(
        session,
        open.map(({ state }) => ({
          topic: state.topic,
          partition: state.partition,
          position: state.position,
          room: Math.min(each, state.room(maxInFlight)),
        })),
      )
      meter?.poll((performance.now() - began) / 1_000)
      const deliveries: Array<Delivery> = []
      const found = open.map(() => 0)
      for (const { place, ...message } of messages) {
        const { state, lane } = open[place]!
        if (state.lost || state.leavingBy !== null) continue
        state.delivered(message.offset)
        found[place]!++
        deliveries.push({ ...message, lane })
      }
      open.forEach(({ state }, place) => {
        if (found[place]! > 0) meter?.consumed(state.topic, found[place]!)
        const end = bounds[place]?.end
        if (found[place] === 0 && end !== undefined && state.leavingBy === null) state.readTo(end)
      })
      if (deliveries.length === 0) yield* commit
      return deliveries
    })

    yield* join(session, group, topics)
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        for (const one of held.values()) lose(one)
        return Effect.ignore(Effect.timeout(leave(session), "2 seconds"))
      }),
    )
    yield* balance
    const every = (duration: Duration.Duration, work: Effect.Effect<unknown, SqlError>) =>
      Effect.forkScoped(Effect.repeat(work, Schedule.spaced(duration)).pipe(Effect.delay(duration), Effect.catch(fail)))
    yield* every(balanceEvery, balance)
    yield* every(seenEvery, seen(session, group, topics))

    const next = Effect.gen(function* () {
      while (true) {
        if (failure !== null) return yield* Effect.fail(failure)
        wake.closeUnsafe()
        const deliveries = yield* deliver
        const [first, ...rest] = deliveries
        if (first !== undefined) return [first, ...rest] as const
        yield* Effect.timeoutOption(wake.await, pollEvery)
      }
    })
    return Effect.tapError(next, fail)
  })
