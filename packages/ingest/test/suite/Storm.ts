import { assert } from "@effect/vitest"
import type { SettingValues } from "@signalflow/domain/settings/Settings"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import type { FaultPlan } from "../../../simulator/src/faults/Faults.ts"
import { random } from "../../../simulator/src/Random.ts"
import { simulated, type Subject } from "./Simulated.ts"
import { assertOrdered, stage } from "./Stage.ts"
import type { Upstream } from "./Upstream.ts"
import { whole } from "./VirtualTime.ts"

/** What the upstream saw of a source in a storm. */
export interface Conduct {
  /** Of the simulator: faults that were done, and what it turned away for its own rules. */
  readonly done: Readonly<Record<string, number>>
  readonly requests: Readonly<Record<string, number>>
  readonly mostOpen: number
  /** How often the program was started. */
  readonly starts: number
}

export interface Storm {
  /** How often its target is polled, in milliseconds; null = as usual. */
  readonly intervalMs: number | null
  /** Of the world and of the source that reads it, where the usual ones would hide a limit. */
  readonly world?: Subject["world"]
  readonly settings?: Partial<SettingValues>
  /** Weather that comes in turns of twenty seconds, each several times, in an order that the seed decides. */
  readonly weathers: ReadonlyArray<Partial<FaultPlan>>
  /** The weather of its last minute, where that is another. */
  readonly last?: Partial<FaultPlan>
  /** Faults that it brings, as the simulator names them. */
  readonly faults: ReadonlyArray<string>
  /** When it begins, unix milliseconds. */
  readonly from?: number
  /** What the source did that its upstream's quota or manners do not allow. */
  readonly offences: (conduct: Conduct) => ReadonlyArray<string>
}

const FROM = Date.UTC(2026, 10, 22, 12)
const STEP = 250
const LONG_STEP = 2_000
const EPISODE = 20_000
/** How long the program lives until it is ended, on average. */
const LIFE = 60_000
const STORM = 600_000
const LAST = 60_000
/** As long as it may take until everything is made up for: the last time a hole is asked for is an hour after the one before. */
const AFTER = 2 * 3_600_000

/** Ten minutes of faults, crashes and refusals of the bus, in virtual time, over real sockets. Nothing is lost, and the upstream's limits are kept. */
export const weather = (subject: Subject, storm: Storm, seed: number) =>
  Effect.gen(function* () {
    const { weathers, faults, from = FROM, offences } = storm
    yield* TestClock.setTime(from)
    const clock = yield* Clock.Clock
    const context = yield* Effect.context<never>()
    const now = () => clock.currentTimeMillisUnsafe()
    const sleep = (ms: number) => Effect.runPromiseWith(context)(Effect.sleep(ms))
    const rng = random(seed)

    let step = STEP
    let signs = (): string => ""
    let isQuiet = (): boolean => true
    /** Until nothing moves any more but what waits for time to pass. */
    const quiet = Effect.promise(async () => {
      for (let still = 0, rounds = 0; still < 4 && rounds < 5_000; rounds++) {
        const before = signs()
        await new Promise((resolve) => setImmediate(resolve))
        still = signs() === before && isQuiet() ? still + 1 : 0
      }
    })
    const { simulator, upstream: usual } = yield* simulated(subject, { ...storm.world, clock: now, sleep, seed }, (world) =>
      Effect.gen(function* () {
        world.wake()
        yield* quiet
        yield* TestClock.adjust(step)
      }),
    )
    const upstream: Upstream = {
      ...usual,
      target: { ...usual.target, intervalMs: storm.intervalMs },
      settings: { ...usual.settings, ...storm.settings },
    }
    const { bus, traffic, publish, observations, missing, until, run, begin } = stage(subject.adapter, upstream)
    isQuiet = () => traffic.open <= simulator.withheld()
    signs = () => `${traffic.asked} ${traffic.open} ${simulator.withheld()} ${simulator.subscribers()} ${bus.records.length}`
    yield* begin

    const began = now()
    const ends = began + STORM
    const queue: Array<Partial<FaultPlan>> = []
    const next = () => {
      if (storm.last !== undefined && now() >= ends - LAST) return storm.last
      if (queue.length === 0) queue.push(...weathers)
      return queue.splice(rng.int(queue.length), 1)[0]!
    }
    let starts = 1
    let changesAt = began
    let refusedUntil = 0
    const moment = Effect.gen(function* () {
      if (now() >= changesAt) {
        simulator.setFaults(next())
        changesAt += EPISODE
        if (rng.chance(0.2)) refusedUntil = now() + EPISODE / 2
      }
      bus.state.down = now() < refusedUntil
      if (rng.chance(0.05)) yield* publish(1 + rng.int(6))
      yield* upstream.pass
    })
    const stormUntil = (time: number) => Effect.whileLoop({ while: () => now() < time, body: () => moment, step: () => {} })
    while (now() < ends - LAST) {
      starts++
      yield* run(stormUntil(Math.min(ends - LAST, now() + rng.exponential(LIFE))))
    }
    // The one that lives through the end of the storm makes up for it.
    yield* run(
      Effect.gen(function* () {
        yield* stormUntil(ends)
        simulator.setFaults({})
        bus.state.down = false
        yield* publish()
        step = LONG_STEP
        yield* until("everything that was published", () => missing().length === 0, AFTER / step)
      }),
    )
    const conduct: Conduct = { done: simulator.faultsDone, requests: simulator.requests, mostOpen: traffic.mostOpen, starts }
    yield* until("closed sockets", () => simulator.subscribers() === 0)
    assert.deepStrictEqual(missing(), [])
    assertOrdered(observations())
    // A source that waits out one fault may miss another.
    const never = faults.filter((fault) => (conduct.done[fault] ?? 0) === 0)
    assert.isAtMost(never.length, 2, `${never.join(", ")} never came: ${JSON.stringify(conduct.done)}`)
    assert.deepStrictEqual(offences(conduct), [], JSON.stringify(conduct))
    return conduct
  }).pipe(whole)
