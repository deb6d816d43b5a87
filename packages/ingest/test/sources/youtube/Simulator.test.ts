import { assert, describe, it } from "@effect/vitest"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, Redacted } from "effect"
import * as Simulator from "../../../../simulator/src/Simulator.ts"
import { Health } from "../../../src/health/SourceHealth.ts"
import * as Ingestion from "../../../src/Ingestion.ts"
import { youTube } from "../../../src/sources/youtube/YouTube.ts"
import { recordingBus } from "../../Harness.ts"
import { observedOn, overSockets, until } from "../../RealTime.ts"

const DAY = 86_400_000

describe("YouTube from the simulator, over real sockets", () => {
  it.live(
    "gives the chart, a channel and their comments as the world has them, and is off when its quota is gone",
    () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make({
          port: 0,
          seed: 5,
          historyHours: 24,
          youtube: { key: "a-key", unitsPerDay: 1_000_000, searchesPerDay: 100 },
        })
        const { port } = simulator
        const chart = `http://127.0.0.1:${port}/youtube/v3/videos?part=snippet,statistics&chart=mostPopular&maxResults=50&key=a-key`
        const page = (yield* Effect.promise(() => fetch(chart).then((answer) => answer.json()))) as {
          items: ReadonlyArray<{ id: string; snippet: { channelId: string } }>
        }
        const targets = [
          ...youTube.targets,
          { ...youTube.targets[0]!, target: `channel:${page.items[0]!.snippet.channelId}`, intervalMs: 1_000 },
        ]
        const bus = recordingBus()
        const settings = {
          YOUTUBE_API_KEY: Redacted.make("a-key"),
          YOUTUBE_API_URL: `http://127.0.0.1:${port}`,
          YOUTUBE_DAILY_UNITS: 1_000_000,
        }
        yield* Effect.gen(function* () {
          yield* Effect.forkScoped(Ingestion.runWith([{ ...youTube, targets }]))
          const { signals } = simulator.truth({ since: Date.now() - DAY, until: Date.now() - 60_000, limit: 100_000 })
          const truth = new Set(signals.filter(({ platform }) => platform === "youtube").map(({ id }) => id))
          const isRead = Effect.sync(() => {
            const ids = observedOn(bus)
            return ids.size > 300 && page.items.every(({ id }) => ids.has(`youtube:${id}`))
          })
          yield* until("the chart and its comments", isRead)
          const read = observedOn(bus)
          const ours = bus.events().flatMap((event) => (event._tag === "Observed" ? [event.signal] : []))
          const known = ours.filter(({ publishedAt }) => publishedAt > Date.now() - DAY + 3_600_000 && publishedAt < Date.now() - 120_000)
          assert.deepStrictEqual(
            known.filter(({ id }) => !truth.has(id)).map(({ id }) => id),
            [],
          )
          assert.isAbove(known.length, 50)
          assert.isTrue(ours.some(({ kind, parentId }) => kind === "comment" && parentId !== null && read.has(parentId)))
          const rendered = yield* (yield* Metrics).render
          assert.notMatch(rendered, /signalflow_ingest_dropped_total\{platform="youtube",reason="(?!comments-disabled)/)
          simulator.setFaults({ quotaGone: true })
          const health = yield* Health
          const spent = "YouTube says that the day's quota is spent (quotaExceeded)"
          yield* until(
            "a source that is off",
            Effect.map(health.all, (all) => all.some(({ state, why }) => state === "off" && why?.startsWith(spent))),
          )
        }).pipe(Effect.provide(overSockets(bus, settings)), Effect.scoped)
      }),
    120_000,
  )
})
