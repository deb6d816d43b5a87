import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, type Scope } from "effect"
import type { Simulator } from "../../simulator/src/Simulator.ts"
import type { SourceAdapter } from "../src/SourceAdapter.ts"
import { simulated, type Subject as World } from "./suite/Simulated.ts"
import { assertOrdered, stage, timesFound } from "./suite/Stage.ts"
import { type Storm, weather } from "./suite/Storm.ts"
import type { Upstream } from "./suite/Upstream.ts"
import { whole } from "./suite/VirtualTime.ts"

/** A source, the world that it reads, and what that is put through. */
export interface Subject extends World {
  /** How many at once: more than one batch takes, where a batch is small. */
  readonly burst: number
  /** What goes wrong while it runs, in real time. */
  readonly faults: Parameters<Simulator["setFaults"]>[0]
  readonly storm: Storm
  /** Whether it hears at once that a signal was taken back. */
  readonly hearsRemovals: boolean
}

const ROUNDS = 6

/** A source on an upstream, whatever that is made of. */
export interface Contract {
  readonly adapter: SourceAdapter
  readonly burst: number
  readonly rounds: number
  readonly open: Effect.Effect<Upstream, unknown, Scope.Scope>
  readonly test: (what: string, run: () => Effect.Effect<void, never, Scope.Scope>) => void
}

const opened = ({ adapter, open }: Contract) => Effect.map(Effect.orDie(open), (upstream) => stage(adapter, upstream))

/** Ends the source as soon as something was stored, `rounds` times, and lets it finish. */
const cut = (contract: Contract, where: "before" | "after") =>
  Effect.gen(function* () {
    const { target, upstream, hooks, planted, publish, observations, run, begin, all, until } = yield* opened(contract)
    yield* begin
    let cuts = 0
    for (let round = 0; round < contract.rounds; round++) {
      yield* publish(contract.burst)
      const reached = yield* Deferred.make<void>()
      // What a refresh says, which may be quicker, is not what the cursor is about.
      const found = () => observations().filter(({ meta }) => meta.mode !== "refresh").length
      const before = found()
      const isCut = (key: string) => key === target.target && found() > before
      const stop = Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)
      hooks[where] = (key) => (isCut(key) ? stop : Effect.void)
      yield* run(until("a batch", () => Deferred.isDoneUnsafe(reached)))
      cuts++
    }
    hooks[where] = () => Effect.void
    yield* run(all)
    assert.strictEqual(cuts, contract.rounds)
    yield* until("closed sockets", () => upstream.subscribers() === 0)
    assertOrdered(observations())
    return [...timesFound(observations(), planted)]
  })

/** What every source keeps, on any upstream. */
const contract = (contract: Contract) => {
  const { test, burst } = contract

  test("cut after every batch it goes on without a gap, and finds nothing twice", () =>
    Effect.gen(function* () {
      const found = yield* cut(contract, "after")
      assert.deepStrictEqual(
        found.filter(([, n]) => n !== 1),
        [],
      )
    }))

  test("cut between the bus's word and the cursor it repeats what was not stored, in order, and loses nothing", () =>
    Effect.gen(function* () {
      const found = yield* cut(contract, "before")
      assert.deepStrictEqual(
        found.filter(([, n]) => n < 1),
        [],
      )
      assert.isAbove(found.filter(([, n]) => n > 1).length, 0, "nothing was repeated")
    }))

  test("moves no cursor past what the bus refused: ended while it is refused, it finds all of it again", () =>
    Effect.gen(function* () {
      const { bus, publish, missing, run, begin, all, until } = yield* opened(contract)
      yield* begin
      yield* run(all)
      for (let round = 0; round < 2; round++) {
        bus.state.down = true
        const refused = bus.state.refused
        yield* publish(burst)
        yield* run(until("a refusal that was repeated", () => bus.state.refused >= refused + 2))
        assert.strictEqual(missing().length, burst)
        bus.state.down = false
        yield* run(all)
      }
    }))

  test("ended at any moment it leaves no request and no socket behind", () =>
    Effect.gen(function* () {
      const { upstream, traffic, publish, run, begin, all, until } = yield* opened(contract)
      yield* begin
      upstream.slow(true)
      for (let moment = 1; moment <= 6; moment++) {
        yield* publish(Math.min(5, burst))
        const from = upstream.asked()
        yield* run(until("traffic", () => upstream.asked() >= from + moment || upstream.subscribers() > 0))
        assert.strictEqual(traffic.open, 0)
        const { asked } = traffic
        yield* until("closed sockets", () => upstream.subscribers() === 0)
        yield* upstream.pass
        assert.strictEqual(traffic.asked, asked)
      }
      upstream.slow(false)
      yield* run(all)
    }))
}

/** What every source keeps, live against the simulator. */
export const suite = (name: string, subject: Subject) => {
  const { adapter, burst } = subject
  const live = simulated(subject, {}, () => Effect.sleep("20 millis"))
  const open = Effect.map(live, ({ upstream }) => upstream)
  const staged = Effect.map(Effect.orDie(live), ({ simulator, upstream }) => ({ simulator, ...stage(adapter, upstream) }))

  describe.concurrent(name, () => {
    contract({ adapter, burst, rounds: ROUNDS, open, test: (what, run) => it.live(what, run, 120_000) })

    it.live(
      "loses nothing to faults while it runs",
      () =>
        Effect.gen(function* () {
          const { simulator, publish, observations, missing, run, begin, all, until } = yield* staged
          yield* begin
          simulator.setFaults(subject.faults)
          const done = () => Object.values(simulator.faultsDone).reduce((sum, n) => sum + n, 0)
          yield* run(
            Effect.gen(function* () {
              for (let round = 1; round <= 3; round++) {
                yield* publish(burst)
                yield* until("faults", () => done() >= round * 4)
              }
              simulator.setFaults({})
              yield* all
            }),
          )
          assert.isAtLeast(done(), 12)
          assert.deepStrictEqual(missing(), [])
          assertOrdered(observations())
        }),
      120_000,
    )

    for (const seed of [1, 2])
      it.effect(
        `a storm of faults of ten minutes ends with nothing lost and the quota not exceeded (seed ${seed})`,
        () => weather(subject, subject.storm, seed),
        300_000,
      )

    if (subject.hearsRemovals)
      it.live(
        "tells a removal after what was removed",
        () =>
          Effect.gen(function* () {
            const { simulator, bus, planted, publish, run, begin, all, until } = yield* staged
            yield* begin
            const last = (id: string) =>
              bus
                .events()
                .filter((event) =>
                  event._tag === "Observed" ? event.signal.id === id : event.target._tag === "Signal" && event.target.id === id,
                )
                .at(-1)?._tag
            yield* run(
              Effect.gen(function* () {
                yield* publish(10)
                yield* all
                for (const id of planted) simulator.retract(id)
                yield* until("every removal", () => planted.every((id) => last(id) === "Removed"))
              }),
            )
          }),
        120_000,
      )
  })
}

/** What every source keeps, on real bodies that a script serves. */
export const recordedSuite = (name: string, recorded: Omit<Contract, "test">, isRecorded: boolean) =>
  describe.skipIf(!isRecorded)(`${name}, recorded`, () =>
    contract({ ...recorded, test: (what, run) => it.effect(what, () => whole(run()), 120_000) }),
  )
