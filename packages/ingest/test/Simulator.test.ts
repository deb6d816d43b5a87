import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as Simulator from "../../simulator/src/Simulator.ts"
import { Cursors } from "../src/stores/Cursors.ts"
import { Health } from "../src/health/SourceHealth.ts"
import * as Ingestion from "../src/Ingestion.ts"
import { recordingBus, surroundings } from "./Harness.ts"
import { observedOn, overSockets, sockets, toldOn, until } from "./RealTime.ts"

const settingsFor = (port: number, hours: number) => ({
  HN_API_URL: `http://127.0.0.1:${port}`,
  HN_SEARCH_URL: `http://127.0.0.1:${port}`,
  BLUESKY_JETSTREAM_URL: `ws://127.0.0.1:${port}`,
  BLUESKY_SAMPLE: 1,
  BLUESKY_LANGUAGES: "",
  WARM_START_HOURS: hours,
})

const healths = Effect.flatMap(Health, (health) => health.all)
/** The platforms that need no key. */
const open = ["bluesky", "hackernews"]
const warmed = Effect.map(healths, (all) => {
  const watched = all.filter(({ platform }) => open.includes(platform))
  return watched.length === open.length && watched.every(({ warmStart, lastSuccess }) => warmStart === null && lastSuccess !== null)
})

describe("ingestion from the simulator, over real sockets", () => {
  it.live(
    "loads the history whole, but for what was taken back",
    () =>
      Effect.gen(function* () {
        const hours = 6
        const simulator = yield* Simulator.make({ port: 0, seed: 5, historyHours: hours + 1 })
        const bus = recordingBus()
        const since = Date.now() - hours * 3_600_000 + 60_000
        const before = Date.now() - 60_000
        yield* Effect.gen(function* () {
          yield* Effect.forkScoped(Ingestion.run)
          yield* until("the whole history", warmed)
        }).pipe(Effect.provide(overSockets(bus, settingsFor(simulator.port, hours))), Effect.scoped)
        const seen = toldOn(bus)
        const planted = simulator.truth({ since, until: before, limit: 100_000 }).signals
        // The search index leaves out what is deleted or dead.
        const missing = planted.filter(
          ({ id, platform, removed }) => open.includes(platform) && !seen.has(id) && (platform === "bluesky" || removed === null),
        )
        assert.isAbove(planted.length, 1_000)
        assert.deepStrictEqual(missing, [])
      }),
    60_000,
  )

  it.live(
    "loses nothing to errors, truncated bodies, broken sockets, null items and restarts",
    () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make({
          port: 0,
          seed: 6,
          historyHours: 1,
          faults: {
            errorRate: 0.1,
            truncateRate: 0.1,
            closeRate: 0.05,
            nullRate: 0.2,
            nullForMs: 1_000,
            malformedEvery: 7,
            duplicateEvery: 5,
            breakAfter: 40,
            only: "hackernews",
          },
        })
        const bus = recordingBus()
        const planted: Array<string> = []
        const run = <A, E>(during: Effect.Effect<A, E, Health | Cursors>) =>
          Effect.scoped(Effect.andThen(Effect.forkScoped(Ingestion.run), during)).pipe(Effect.provide(Layer.merge(sockets, bus.layer)))
        const publish = Effect.sync(() => {
          for (let i = 0; i < 60; i++) {
            const [platform, kind] = i % 2 === 0 ? (["hackernews", "story"] as const) : (["bluesky", "post"] as const)
            planted.push(simulator.publish({ platform, kind }).id)
          }
        })
        const begun = Effect.flatMap(Cursors, (cursors) =>
          until(
            "a cursor of both",
            Effect.map(Effect.orDie(Effect.all([cursors.load("hackernews", "items"), cursors.load("bluesky", "posts")])), (positions) =>
              positions.every((position) => position !== null),
            ),
          ),
        )
        yield* Effect.gen(function* () {
          // The stream says nothing until something is published: its cursor is the sign that both have begun.
          yield* run(
            Effect.andThen(
              Effect.sync(() => planted.push(simulator.publish({ platform: "bluesky", kind: "post" }).id)),
              begun,
            ),
          )
          yield* publish
          yield* run(
            until(
              "some of it",
              Effect.sync(() => observedOn(bus).size > 20),
            ),
          )
          yield* publish
          yield* run(
            until(
              "all of it",
              Effect.sync(() => {
                const seen = observedOn(bus)
                return planted.every((id) => seen.has(id))
              }),
            ),
          )
        }).pipe(Effect.provide(surroundings(settingsFor(simulator.port, 0))))
        const done = simulator.faultsDone
        assert.isAbove(
          Object.values(done).reduce((sum, n) => sum + n, 0),
          20,
          JSON.stringify(done),
        )
      }),
    90_000,
  )
})
