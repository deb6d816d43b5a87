import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import * as Simulator from "../../../../simulator/src/Simulator.ts"
import { Cursors } from "../../../src/stores/Cursors.ts"
import * as Ingestion from "../../../src/Ingestion.ts"
import { bluesky } from "../../../src/sources/bluesky/Bluesky.ts"
import { parseFrame } from "../../../src/sources/bluesky/Frame.ts"
import { ENGAGEMENT } from "../../../src/sources/bluesky/Engagement.ts"
import { urlOf } from "../../../src/sources/bluesky/Hosts.ts"
import { recordingBus } from "../../Harness.ts"
import { overSockets } from "../../RealTime.ts"

const POSTS = "app.bsky.feed.post"
const since = Date.now() * 1_000 - 3_600_000_000

/** When each post of the last hour was liked, unix milliseconds, from frames read once, without a break. */
const likesOf = (host: string) =>
  Effect.promise(
    () =>
      new Promise<Map<string, Array<number>>>((resolve) => {
        const posts = new Map<string, Array<number>>()
        const socket = new WebSocket(urlOf({ host, protocol: "v2" }, since, [POSTS, ...ENGAGEMENT], null), ["xrpc.v1.json"])
        let heard = Date.now()
        socket.addEventListener("message", ({ data }) => {
          heard = Date.now()
          const frame = parseFrame(String(data))
          if (frame._tag !== "Commit" || frame.operation !== "create") return
          if (frame.collection === POSTS) posts.set(`${frame.did}/${frame.rkey}`, [])
          const subject = (frame.record as { subject?: { uri: string } }).subject?.uri.replace("at://", "").replace(`${POSTS}/`, "")
          if (frame.collection === "app.bsky.feed.like" && subject !== undefined) posts.get(subject)?.push(Math.floor(frame.timeUs / 1_000))
        })
        const timer = setInterval(() => {
          if (Date.now() - heard < 700) return
          clearInterval(timer)
          socket.close()
          resolve(posts)
        }, 100)
      }),
  )

describe("Bluesky's engagement from the simulator", () => {
  it.live(
    "is at every observation exactly what had been liked by then, over sockets that break and repeat frames, and over restarts",
    () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make({ port: 0, seed: 11, historyHours: 2 })
        const host = `ws://127.0.0.1:${simulator.port}`
        const readUntil = Date.now()
        const truth = yield* likesOf(host)
        const bus = recordingBus()
        yield* Effect.gen(function* () {
          yield* (yield* Cursors).store("bluesky", "posts", { host, seq: null, timeUs: since + 5_000_000 })
          for (const breakAfter of [97, 211, 0]) {
            simulator.setFaults({ duplicateEvery: 3, breakAfter })
            const before = bus.records.length
            yield* Effect.scoped(
              Effect.andThen(
                Effect.forkScoped(Ingestion.runWith([bluesky])),
                Effect.sync(() => bus.records.length - before).pipe(
                  Effect.flatMap((n) => (n > 50 ? Effect.sleep("1500 millis") : Effect.fail("not yet"))),
                  Effect.retry(Schedule.spaced("50 millis")),
                  Effect.timeout("20 seconds"),
                  Effect.ignore,
                ),
              ),
            )
          }
        }).pipe(
          Effect.provide(overSockets(bus, { BLUESKY_JETSTREAM_URL: host, BLUESKY_SAMPLE: 1, BLUESKY_LANGUAGES: "", WARM_START_HOURS: 0 })),
        )
        const told = bus
          .events()
          .flatMap((event) => (event._tag === "Counted" ? [{ id: event.target.id, score: event.score, observedAt: event.at }] : []))
        assert.isAbove(told.length, 20)
        for (const { id, score, observedAt } of told) {
          const liked = truth.get(id.slice("bluesky:".length))
          if (liked !== undefined && observedAt < readUntil) assert.strictEqual(score, liked.filter((at) => at <= observedAt).length, id)
        }
        assert.isAbove(simulator.faultsDone["duplicate"] ?? 0, 100)
        assert.isAbove(simulator.faultsDone["break"] ?? 0, 1)
      }),
    60_000,
  )
})
