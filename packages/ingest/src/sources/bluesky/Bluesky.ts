import { Settings } from "@signalflow/domain/settings/Settings"
import { Clock, Effect, Schema } from "effect"
import { HttpClient } from "effect/http"
import { FrameSocket } from "../../upstream/FrameSocket.ts"
import { onlyTarget, readable } from "../../targets/OnlyTarget.ts"
import type { Feed, SourceAdapter } from "../../SourceAdapter.ts"
import { Cadence, LONGEST_SILENCE } from "./Cadence.ts"
import { history, historyProgress } from "./History.ts"
import { Hosts, hostsOf } from "./Hosts.ts"
import { live, LivePosition } from "./Live.ts"
import { platform, type Selection } from "./Convert.ts"
import { Recent } from "./Recent.ts"
import { blueskyRaw } from "./Topic.ts"
import { Dictionaries } from "./Zstd.ts"

const isPosition = Schema.is(LivePosition)

const rules = onlyTarget(
  "posts",
  'Bluesky is read as one stream, a sample of all authors, by the target posts; choose from it with "signalflow source set bluesky posts --include …"',
)

/** Bluesky: posts of a sample of authors from Jetstream, with their deletions and the fate of accounts, and the last days as far as a host keeps them. */
export const bluesky: SourceAdapter = {
  platform,
  rawTopics: () => [blueskyRaw],
  rules,
  targets: [{ platform, target: "posts", tier: "fast", intervalMs: null, options: {}, active: true, shard: 0 }],
  feeds: ({ config, runId }) =>
    Effect.gen(function* () {
      yield* readable(rules, config)
      const socket = yield* FrameSocket
      const dictionaries = new Dictionaries(yield* HttpClient.HttpClient)
      const settings = yield* Settings
      const now = yield* Clock.currentTimeMillis
      const hosts = hostsOf(settings.BLUESKY_JETSTREAM_URL)
      const liveHosts = new Hosts(hosts)
      const pastHosts = new Hosts(hosts)
      const languages = settings.BLUESKY_LANGUAGES.split(",").map((tag) => tag.trim().toLowerCase())
      const selection: Selection = {
        sample: settings.BLUESKY_SAMPLE,
        languages: new Set(languages.includes("all") ? [] : languages.filter((tag) => tag !== "")),
      }
      const counting = settings.BLUESKY_ENGAGEMENT === "on"
      const recent = new Recent()
      const cadence = new Cadence()
      const posts = new Cadence(LONGEST_SILENCE)
      const refused = new Map<number, "too-old" | "foreign">()
      const stalls = new Map<number, number>()
      let begun = false
      const present: Feed = {
        name: "live",
        cursor: config.target,
        silenceMs: () => cadence.limit + 5_000,
        batches: (position) => {
          if (!begun && isPosition(position)) liveHosts.prefer(position.host)
          begun = true
          return live({
            socket,
            dictionaries,
            hosts: liveHosts,
            selection,
            runId,
            recent,
            cadence,
            position,
            startUs: now * 1_000,
            refused,
            posts,
            counting,
          })
        },
      }
      const past: Feed = {
        name: "history",
        cursor: "warm-start",
        silenceMs: () => null,
        progress: historyProgress,
        batches: (position) =>
          history({
            socket,
            dictionaries,
            hosts: pastHosts,
            selection,
            runId,
            hours: settings.WARM_START_HOURS,
            position,
            until: now,
            stalls,
          }),
      }
      return settings.WARM_START_HOURS > 0 ? [present, past] : [present]
    }),
}
