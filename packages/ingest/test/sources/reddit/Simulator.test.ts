import { assert, describe, it } from "@effect/vitest"
import type { SourceConfig, SourceHealth } from "@signalflow/domain/sources/Source"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, Redacted } from "effect"
import { CLIENT_ID, CLIENT_SECRET } from "../../../../simulator/src/platforms/reddit/Reddit.ts"
import { SUBREDDITS } from "../../../../simulator/src/platforms/reddit/Subreddits.ts"
import * as Simulator from "../../../../simulator/src/Simulator.ts"
import { Health } from "../../../src/health/SourceHealth.ts"
import * as Ingestion from "../../../src/Ingestion.ts"
import { reddit } from "../../../src/sources/reddit/Reddit.ts"
import { recordingBus } from "../../Harness.ts"
import { toldOn, overSockets, until } from "../../RealTime.ts"

const settingsFor = (port: number) => ({
  REDDIT_CLIENT_ID: CLIENT_ID,
  REDDIT_CLIENT_SECRET: Redacted.make(CLIENT_SECRET),
  REDDIT_API_URL: `http://127.0.0.1:${port}`,
  REDDIT_AUTH_URL: `http://127.0.0.1:${port}`,
  REDDIT_COMMENT_LIMIT: 5,
})

const target = (name: string, more: Partial<SourceConfig> = {}): SourceConfig => ({
  ...reddit.targets[0]!,
  target: name,
  intervalMs: 1_000,
  ...more,
})

describe("Reddit from the simulator, over real sockets", () => {
  it.live(
    "reads what the world holds of its subreddits, through errors and spent tokens, and says which are closed",
    () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make({
          port: 0,
          seed: 5,
          historyHours: 12,
          faults: { only: "reddit", errorRate: 0.05, truncateRate: 0.05, closeRate: 0.03, tokenSeconds: 5 },
        })
        const { signals } = simulator.truth({
          platform: "reddit",
          since: Date.now() - 6 * 3_600_000,
          until: Date.now() - 60_000,
          limit: 100_000,
        })
        const posts = signals.filter(({ id }) => id.startsWith("reddit:t3_"))
        assert.isAbove(posts.length, 50)
        const bus = recordingBus()
        const trending = target("trending", { intervalMs: 5_000, options: { mode: "trending" } })
        const targets = [
          ...SUBREDDITS.filter(({ type }) => type === "public").map(({ name }) => target(name)),
          trending,
          target("nowhereatall"),
          target("StaffCanteen"),
          target("BannedBarn"),
        ]
        yield* Effect.gen(function* () {
          yield* Effect.forkScoped(Ingestion.runWith([{ ...reddit, targets }]))
          const health = yield* Health
          const states = Effect.map(health.all, (all) => new Map<string, SourceHealth>(all.map((one) => [one.target, one])))
          yield* until(
            "comments",
            Effect.sync(() => [...toldOn(bus)].some((id) => id.startsWith("reddit:t1_"))),
          )
          yield* until(
            "envelopes",
            Effect.sync(() => bus.records.some(({ topic }) => topic.name === "reddit.submissions")),
          )
          yield* until(
            "a closed subreddit",
            Effect.map(states, (all) => all.get("nowhereatall")?.state === "off"),
          )
          yield* until(
            "closed subreddits",
            Effect.map(states, (all) => all.get("StaffCanteen")?.state === "off" && all.get("BannedBarn")?.state === "off"),
          )
          assert.match((yield* states).get("StaffCanteen")!.why!, /private \(403\)/)
          assert.match((yield* states).get("nowhereatall")!.why!, /no such subreddit/)
          simulator.setFaults({ errorRate: 0, truncateRate: 0, closeRate: 0, tokenSeconds: 0 })
          yield* until(
            "a live subreddit",
            Effect.map(states, (all) => all.get("technology")?.state === "live"),
          )
          const wanted = posts.filter(({ removed }) => removed === null)
          yield* until(
            "every post of the world's last hours",
            Effect.sync(() => {
              const ids = toldOn(bus)
              return wanted.every(({ id }) => ids.has(id))
            }),
          )
          process.stdout.write(
            `reddit simulator: ${toldOn(bus).size} signals, ${wanted.length} posts of the world, ${JSON.stringify(simulator.faultsDone)}\n`,
          )
          assert.isAbove(wanted.length, 20)
          assert.notMatch(yield* (yield* Metrics).render, /signalflow_ingest_dropped_total\{platform="reddit",reason="malformed"/)
        }).pipe(Effect.provide(overSockets(bus, settingsFor(simulator.port))), Effect.scoped)
      }),
    60_000,
  )
})
