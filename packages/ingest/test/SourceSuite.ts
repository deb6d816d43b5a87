import { assert, describe, it } from "@effect/vitest"
import type { SourceConfig } from "@signalflow/domain/Source"
import type { Signal } from "@signalflow/domain/Signal"
import type { SettingValues } from "@signalflow/domain/Settings"
import { Deferred, Effect, Layer, Schedule } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import * as Simulator from "../../simulator/src/Simulator.ts"
import { Cursors } from "../src/Cursors.ts"
import { FrameSocket } from "../src/FrameSocket.ts"
import * as Ingestion from "../src/Ingestion.ts"
import type { SourceAdapter } from "../src/SourceAdapter.ts"
import { recordingBus, surroundings } from "./Harness.ts"

/** A source and the world that it reads. */
export interface Subject {
  readonly adapter: SourceAdapter
  readonly target: SourceConfig
  readonly settings: (port: number) => Partial<SettingValues>
  readonly world?: Simulator.SimulatorOptions
  /** What is published for it to find. */
  readonly publication: Parameters<Simulator.Simulator["publish"]>[0]
  /** What only a running world can tell, in place of the above. */
  readonly place?: (port: number) => Promise<Pick<Subject, "target" | "publication">>
  /** How many at once: more than one batch takes, where a batch is small. */
  readonly burst: number
  /** What goes wrong in the storm. */
  readonly storm: Parameters<Simulator.Simulator["setFaults"]>[0]
  /** Whether it hears at once that a signal was taken back. */
  readonly hearsRemovals: boolean
}

const until = (what: string, condition: () => boolean) =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.fail("not yet"))).pipe(
    Effect.retry(Schedule.spaced("20 millis")),
    Effect.timeoutOrElse({ duration: "45 seconds", orElse: () => Effect.die(`not seen: ${what}`) }),
  )

/** The source on a bus and a store of cursors that can be watched, cut and refused; what they hold outlives each run. */
const stage = Effect.fnUntraced(function* (subject: Subject) {
  const { adapter } = subject
  const simulator = yield* Simulator.make({ port: 0, seed: 9, historyHours: 1, ...subject.world })
  const { target, publication } = subject.place === undefined ? subject : yield* Effect.promise(() => subject.place!(simulator.port))
  const bus = recordingBus()
  const positions = new Map<string, string>()
  const hooks = { beforeStore: (_key: string): Effect.Effect<void> => Effect.void, afterStore: (_key: string): void => undefined }
  const cursors = Layer.succeed(Cursors, {
    load: (platform, key) =>
      Effect.sync(() => {
        const found = positions.get(`${platform}/${key}`)
        return found === undefined ? null : (JSON.parse(found) as unknown)
      }),
    store: (platform, key, position) =>
      Effect.suspend(() =>
        Effect.map(hooks.beforeStore(key), () => {
          positions.set(`${platform}/${key}`, JSON.stringify(position))
          hooks.afterStore(key)
        }),
      ),
  })
  const traffic = { asked: 0, open: 0, onAsk: (): void => undefined }
  const counted = Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (client) =>
      HttpClient.transform(client, (answer) =>
        Effect.suspend(() => {
          traffic.asked++
          traffic.open++
          traffic.onAsk()
          return Effect.ensuring(
            answer,
            Effect.sync(() => traffic.open--),
          )
        }),
      ),
    ),
  ).pipe(Layer.provide(FetchHttpClient.layer))
  const planted: Array<string> = []
  const publish = (n = 1) => {
    for (let i = 0; i < n; i++) planted.push(simulator.publish(publication).id)
  }
  const observations = () => bus.events().flatMap((event) => (event._tag === "Observed" ? [event.signal] : []))
  /** Found by the feed that must not miss it: a refresh may come upon it by chance. */
  const seen = () => new Set<string>(observations().flatMap(({ id, meta }) => (meta.mode === "refresh" ? [] : [id])))
  const missing = () => {
    const found = seen()
    return planted.filter((id) => !found.has(id))
  }
  const run = <A, E>(during: Effect.Effect<A, E>) =>
    Effect.scoped(Effect.andThen(Effect.forkScoped(Ingestion.runWith([{ ...adapter, targets: [target] }])), during)).pipe(
      Effect.provide(
        Layer.mergeAll(
          surroundings({ WARM_START_HOURS: 0, ...subject.settings(simulator.port) }),
          cursors,
          counted,
          bus.layer,
          FrameSocket.layer,
        ),
      ),
    )
  const hasBegun = () => positions.has(`${adapter.platform}/${target.target}`)
  /** A stream says nothing until something happens: one signal is published as soon as it is listened to. */
  const begin = run(
    Effect.andThen(
      until("a connection", () => simulator.subscribers() > 0 || hasBegun()),
      Effect.andThen(
        Effect.sync(() => publish()),
        until("a first cursor", hasBegun),
      ),
    ),
  )
  const all = until("everything that was published", () => missing().length === 0)
  return { target, simulator, bus, hooks, traffic, planted, publish, observations, missing, run, begin, all }
})

/**
 * What one feed says of a signal goes forward in time, and a redelivery is the same observation again. Feeds of their own (discovery, refresh) may
 * overtake each other by the length of a request; whoever stores keeps the newer.
 */
const assertOrdered = (observations: ReadonlyArray<Signal>) => {
  const last = new Map<string, Signal>()
  for (const signal of observations) {
    const key = `${signal.id} ${signal.meta.mode === "refresh"}`
    const before = last.get(key)
    if (before !== undefined) {
      assert.isAtLeast(signal.observedAt, before.observedAt, signal.id)
      if (signal.observedAt === before.observedAt)
        assert.deepStrictEqual({ ...signal, meta: null }, { ...before, meta: null }, "two observations of one moment differ")
    }
    last.set(key, signal)
  }
}

const timesFound = (observations: ReadonlyArray<Signal>, planted: ReadonlyArray<string>) => {
  const counts = new Map(planted.map((id) => [id, 0]))
  for (const { id, meta } of observations) if (meta.mode !== "refresh" && counts.has(id)) counts.set(id, counts.get(id)! + 1)
  return counts
}

/** What every source keeps, live against the simulator. */
export const suite = (name: string, subject: Subject) => {
  const cut = (where: "before" | "after") =>
    Effect.gen(function* () {
      const { target, hooks, planted, publish, observations, run, begin, all, simulator, bus } = yield* stage(subject)
      yield* begin
      const rounds = 6
      let cuts = 0
      for (let round = 0; round < rounds; round++) {
        publish(subject.burst)
        const reached = yield* Deferred.make<void>()
        const from = bus.records.length
        const isCut = (key: string) => key === target.target && bus.records.length > from
        hooks.beforeStore = (key) =>
          where === "before" && isCut(key) ? Effect.andThen(Deferred.succeed(reached, undefined), Effect.never) : Effect.void
        hooks.afterStore = (key) => {
          if (where === "after" && isCut(key)) Deferred.doneUnsafe(reached, Effect.void)
        }
        yield* run(Effect.timeoutOrElse(Deferred.await(reached), { duration: "40 seconds", orElse: () => Effect.die("no batch came") }))
        cuts++
      }
      hooks.beforeStore = () => Effect.void
      hooks.afterStore = () => undefined
      yield* run(all)
      assert.strictEqual(cuts, rounds)
      yield* until("closed sockets", () => simulator.subscribers() === 0)
      assertOrdered(observations())
      return { planted, found: timesFound(observations(), planted) }
    })

  describe.concurrent(name, () => {
    it.live(
      "cut after every batch it goes on without a gap, and finds nothing twice",
      () =>
        Effect.gen(function* () {
          const { found } = yield* cut("after")
          assert.deepStrictEqual(
            [...found].filter(([, n]) => n !== 1),
            [],
          )
        }),
      60_000,
    )

    it.live(
      "cut between the bus's word and the cursor it repeats what was not stored, in order, and loses nothing",
      () =>
        Effect.gen(function* () {
          const { found } = yield* cut("before")
          assert.deepStrictEqual(
            [...found].filter(([, n]) => n < 1),
            [],
          )
        }),
      60_000,
    )

    it.live(
      "moves no cursor past what the bus refused: ended while it is refused, it finds all of it again",
      () =>
        Effect.gen(function* () {
          const { bus, publish, missing, run, begin, all } = yield* stage(subject)
          yield* begin
          yield* run(all)
          for (let round = 0; round < 2; round++) {
            bus.state.down = true
            const refused = bus.state.refused
            publish(subject.burst)
            yield* run(until("a refusal that was repeated", () => bus.state.refused >= refused + 2))
            assert.strictEqual(missing().length, subject.burst)
            bus.state.down = false
            yield* run(all)
          }
        }),
      60_000,
    )

    it.live(
      "ended at any moment it leaves no request and no socket behind",
      () =>
        Effect.gen(function* () {
          const { simulator, traffic, publish, run, begin, all } = yield* stage(subject)
          yield* begin
          simulator.setFaults({ delayMs: 100 })
          for (let moment = 1; moment <= 6; moment++) {
            publish(5)
            const from = traffic.asked
            yield* run(until("traffic", () => traffic.asked >= from + moment || simulator.subscribers() > 0))
            assert.strictEqual(traffic.open, 0)
            const asked = traffic.asked
            yield* until("closed sockets", () => simulator.subscribers() === 0)
            assert.strictEqual(traffic.asked, asked)
          }
          simulator.setFaults({})
          yield* run(all)
        }),
      60_000,
    )

    it.live(
      "loses nothing to a storm of faults",
      () =>
        Effect.gen(function* () {
          const { simulator, publish, observations, missing, run, begin, all } = yield* stage(subject)
          yield* begin
          simulator.setFaults(subject.storm)
          const done = () => Object.values(simulator.faultsDone).reduce((sum, n) => sum + n, 0)
          yield* run(
            Effect.gen(function* () {
              for (let round = 1; round <= 3; round++) {
                publish(subject.burst)
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
      60_000,
    )

    if (subject.hearsRemovals)
      it.live(
        "tells a removal after what was removed",
        () =>
          Effect.gen(function* () {
            const { simulator, bus, planted, publish, run, begin, all } = yield* stage(subject)
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
                publish(10)
                yield* all
                for (const id of planted) simulator.retract(id)
                yield* until("every removal", () => planted.every((id) => last(id) === "Removed"))
              }),
            )
          }),
        60_000,
      )
  })
}
