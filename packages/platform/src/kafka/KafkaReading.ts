import { HeldPartition } from "@signalflow/domain/bus/HeldPartition"
import type { Delivery, Gap, Lane } from "@signalflow/domain/bus/SignalBus"
import { Effect, Latch, Schedule, type Scope, Semaphore } from "effect"
import type { BusMeter } from "../telemetry/Metrics.ts"
import { type KafkaDriver, KafkaError, type Member, type Message, nameOf, type Place } from "./KafkaDriver.ts"

const CHUNK = 500
/** Messages of one partition that wait here before fetching of it pauses; one fetch may go beyond. */
const BACKLOG = 500
const COMMIT_TRIES = 150
/** Refusals in a row from which on it is said: a rebalance refuses a few. */
const TROUBLE = 20

export interface ReadingOptions {
  readonly group: string
  readonly topics: ReadonlyArray<string>
  readonly maxInFlight: number
  readonly onGap: (gap: Gap) => Effect.Effect<void>
  /** Hears that acknowledgements are not taken, and when they are again. */
  readonly onState?: ((state: "ok" | "down", why?: string) => Effect.Effect<void>) | undefined
  readonly meter?: BusMeter | undefined
  /** Reads from these places, and commits nothing. It is kept up to date, so that another reading can go on. */
  readonly places?: Map<string, number>
}

interface Held {
  readonly state: HeldPartition
  readonly lane: Lane
  readonly backlog: Array<Message>
  /** The next offset that the backlog takes. */
  next: number
  paused: boolean
}

/** A message on its lane; its value is made when it is asked for. */
class Delivered implements Delivery {
  readonly lane: Lane
  readonly #message: Message

  constructor(message: Message, lane: Lane) {
    this.#message = message
    this.lane = lane
  }

  get offset() {
    return this.#message.offset
  }

  get key() {
    return this.#message.key
  }

  get value() {
    return this.#message.value
  }

  get headers() {
    return this.#message.headers
  }

  get publishedAt() {
    return this.#message.publishedAt
  }
}

/**
 * One member of a group; the answer is its next chunk of deliveries. In a rebalance it goes on with the partitions that it keeps; the
 * others are given up as they are, and an acknowledgement of them has no effect any more. It fails when the member does.
 */
export const open = (
  driver: KafkaDriver["Service"],
  { group, topics, maxInFlight, onGap, onState = () => Effect.void, meter, places }: ReadingOptions,
): Effect.Effect<Effect.Effect<readonly [Delivery, ...Array<Delivery>], KafkaError>, KafkaError, Scope.Scope> =>
  Effect.gen(function* () {
    const run = Effect.runPromiseWith(yield* Effect.context<never>())
    const held = new Map<string, Held>()
    const wake = Latch.makeUnsafe(false)
    const settled = Latch.makeUnsafe(false)
    const committing = Semaphore.makeUnsafe(1)
    const ended: { by: KafkaError | null } = { by: null }
    let generation = 0
    let member: Member | null = null

    const lose = (name: string, one: Held) => {
      one.state.lost = true
      held.delete(name)
    }
    const fail = (error: KafkaError) => {
      ended.by ??= error
      for (const [name, one] of held) lose(name, one)
      settled.openUnsafe()
      wake.openUnsafe()
    }
    const moved = () =>
      [...held.values()].filter(({ state }) => state.committable > state.committed).map(({ state }) => ({ state, to: state.committable }))

    const commitMoved = Effect.gen(function* () {
      while (ended.by === null) {
        yield* settled.await
        const offsets = moved()
        if (offsets.length === 0 || member === null) return
        yield* member.commit(offsets.map(({ state, to }) => ({ topic: state.topic, partition: state.partition, offset: to })))
        for (const { state, to } of offsets) state.committed = Math.max(state.committed, to)
      }
    })

    /**
     * Until all that may be recorded is recorded, or is no longer ours to record. A member whose commits are refused for so long is not
     * one any more, whether it knows or not (its heartbeats stop when the clock is set back): it ends, and another goes on.
     */
    let refusals = 0
    const commit: Effect.Effect<void> = committing.withPermit(
      commitMoved.pipe(
        Effect.tapError((error) =>
          ++refusals === TROUBLE ? onState("down", `what was processed cannot be acknowledged: ${error.message}`) : Effect.void,
        ),
        Effect.tap(() => {
          const back = refusals >= TROUBLE
          refusals = 0
          return back ? onState("ok") : Effect.void
        }),
        Effect.retry({
          while: () => ended.by === null,
          schedule: Schedule.max([Schedule.spaced("100 millis"), Schedule.recurs(COMMIT_TRIES)]),
        }),
        Effect.catch((error) => Effect.sync(() => fail(error))),
      ),
    )

    const ack = (state: HeldPartition, offsets: ReadonlyArray<number>) =>
      Effect.suspend(() => {
        const news = state.ack(offsets)
        wake.openUnsafe()
        // Others that acknowledge at this moment are committed by the same request.
        return news ? Effect.andThen(Effect.yieldNow, commit) : Effect.void
      })

    const hold = ({ topic, partition }: Place, from: number): Held => {
      const state = new HeldPartition(topic, partition, from)
      const lane: Lane = { topic, partition, ack: (offsets) => (places === undefined ? ack(state, offsets) : Effect.void) }
      return { state, lane, backlog: [], next: from, paused: false }
    }

    const startOf = (wanted: ReadonlyArray<Place>) =>
      Effect.gen(function* () {
        const committed = new Map((yield* driver.committed(group)).map((place) => [nameOf(place), place.offset]))
        const starts = new Map<string, { readonly committed: number; readonly low: number }>()
        for (const topic of new Set(wanted.map(({ topic }) => topic)))
          for (const { partition, low } of yield* driver.bounds(topic)) {
            const name = nameOf({ topic, partition })
            starts.set(name, { low, committed: committed.get(name) ?? low })
          }
        return starts
      })

    const take = async (now: number, wanted: ReadonlyArray<Place>) => {
      const starts = places === undefined ? await run(startOf(wanted)) : null
      if (now !== generation || ended.by !== null) return
      for (const place of wanted) {
        const name = nameOf(place)
        const ours = held.get(name)
        const start = starts?.get(name) ?? { low: 0, committed: places?.get(name) ?? 0 }
        const from = Math.max(start.low, start.committed)
        if (ours !== undefined && from <= Math.max(ours.state.committed, ours.state.committable)) {
          // A member begins an assignment with nothing paused.
          if (ours.paused) member?.pause(place)
          else member?.resume(place)
          member?.seek({ ...place, offset: ours.next })
          continue
        }
        // Somebody else has gone on with it in between.
        if (ours !== undefined) lose(name, ours)
        if (from > start.committed) await run(onGap({ ...place, from: start.committed, to: from }))
        if (now !== generation || ended.by !== null) return
        held.set(name, hold(place, from))
        member?.resume(place)
        member?.seek({ ...place, offset: from })
      }
      settled.openUnsafe()
      wake.openUnsafe()
    }

    const joined = yield* driver.join(group, topics, {
      assigned: async (wanted) => {
        const now = ++generation
        settled.closeUnsafe()
        const names = new Set(wanted.map(nameOf))
        for (const [name, one] of held) if (!names.has(name)) lose(name, one)
        try {
          await take(now, wanted)
        } catch (cause) {
          fail(cause instanceof KafkaError ? cause : new KafkaError({ kind: "other", message: "The assignment was not taken", cause }))
        }
      },
      batch: async (place, from, next, messages) => {
        const one = held.get(nameOf(place))
        if (one === undefined) return from
        if (from > one.next) {
          // Read on behalf of an earlier assignment, or the log was trimmed below us.
          const low = (await run(driver.bounds(place.topic))).find(({ partition }) => partition === place.partition)?.low ?? 0
          if (low <= one.next || one.state.lost) return one.next
          await run(onGap({ ...place, from: one.next, to: low }))
          one.next = low
          if (from > low) return low
        }
        const known = one.backlog.length
        for (const message of messages) if (message.offset >= one.next) one.backlog.push(message)
        if (one.backlog.length > known) meter?.consumed(place.topic, one.backlog.length - known)
        one.next = Math.max(one.next, next)
        if (one.backlog.length >= BACKLOG && !one.paused) {
          one.paused = true
          member?.pause(place)
        }
        wake.openUnsafe()
        return one.next
      },
      polled: (seconds) => meter?.poll(seconds),
      failed: fail,
    })
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => fail(new KafkaError({ kind: "other", message: "The subscription has ended", cause: "closed" }))),
    )
    member = joined
    // What was assigned before the member was known here.
    for (const { state, next, paused } of held.values())
      if (!paused) member.seek({ topic: state.topic, partition: state.partition, offset: next })

    const deliver = (): ReadonlyArray<Delivery> => {
      const open = [...held.entries()].filter(([, { backlog, state }]) => backlog.length > 0 && state.room(maxInFlight) > 0)
      const each = Math.ceil(CHUNK / Math.max(1, open.length))
      const deliveries: Array<Delivery> = []
      for (const [name, one] of open) {
        const { state, lane, backlog } = one
        const taken = backlog.splice(0, Math.min(each, state.room(maxInFlight)))
        for (const message of taken) {
          state.delivered(message.offset)
          deliveries.push(new Delivered(message, lane))
        }
        if (places !== undefined) {
          state.ack(taken.map(({ offset }) => offset))
          places.set(name, state.position)
        }
        if (one.paused && backlog.length < BACKLOG / 2) {
          one.paused = false
          joined.resume(lane)
        }
      }
      return deliveries
    }

    const next: Effect.Effect<readonly [Delivery, ...Array<Delivery>], KafkaError> = Effect.gen(function* () {
      while (true) {
        if (ended.by !== null) return yield* Effect.fail(ended.by)
        wake.closeUnsafe()
        const [first, ...rest] = deliver()
        if (first !== undefined) return [first, ...rest] as const
        yield* wake.await
      }
    })
    return next
  })
