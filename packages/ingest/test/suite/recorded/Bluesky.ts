import { Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { FrameSocket } from "../../../src/upstream/FrameSocket.ts"
import { bluesky } from "../../../src/sources/bluesky/Bluesky.ts"
import { recordedLines } from "../../Recorded.ts"
import type { Upstream } from "../Upstream.ts"
import { NOW, pass, script, shelf } from "./Script.ts"

interface Recorded {
  readonly did: string
  readonly time_us: number
  readonly commit: { readonly rkey: string; readonly record: { readonly text: string; readonly labels?: unknown } }
}

const FIRST_SEQ = 26_000_000_001
const TURN = 400

const frame = ({ did, time_us, commit }: Recorded, seq: number): string => {
  const time = `${new Date(Math.floor(time_us / 1_000)).toISOString().slice(0, -1)}${String(time_us % 1_000).padStart(3, "0")}Z`
  const $type = "network.bsky.jetstream.subscribeEvents#commit"
  return JSON.stringify({ $type: "message", payload: { $type, did, seq, time, witnessedAt: time, ...commit } })
}

/** Jetstream with 4,400 recorded posts in the order in which they were written. */
export const recordedBluesky: Effect.Effect<Upstream> = Effect.gen(function* () {
  yield* TestClock.setTime(NOW)
  const known = new Set<string>()
  const all = recordedLines("bluesky/derived_jetstream/posts_as_jetstream_commits.ndjson.gz")
    .map((line) => JSON.parse(line) as Recorded)
    .filter(({ did, commit }) => {
      const key = `${did}/${commit.rkey}`
      if (known.has(key) || commit.record.text.trim() === "" || commit.record.labels !== undefined) return false
      known.add(key)
      return true
    })
    .sort((a, b) => a.time_us - b.time_us)
  const posts = shelf(all, 0)
  const upstream = script(() => undefined)
  let subscribers = 0
  const socket = FrameSocket.layerTest(({ url }) => {
    const cursor = Number(new URL(url).searchParams.get("cursor"))
    // From 1e15 on a cursor is a time, and all of these lie before it.
    let next = cursor >= 1e15 ? posts.shown().length : cursor - FIRST_SEQ
    const opened = Effect.acquireRelease(
      Effect.sync(() => subscribers++),
      () => Effect.sync(() => subscribers--),
    )
    const take = Effect.gen(function* () {
      while (posts.shown().length <= next) yield* Effect.sleep(50)
      const frames = posts
        .shown()
        .slice(next, next + TURN)
        .map((post, i) => frame(post, FIRST_SEQ + next + i))
      next += frames.length
      return frames
    })
    return Stream.unwrap(Effect.as(opened, Stream.fromEffectRepeat(take)))
  })
  return {
    ...upstream,
    target: bluesky.targets[0]!,
    settings: { BLUESKY_JETSTREAM_URL: "ws://jetstream", BLUESKY_SAMPLE: 1, BLUESKY_LANGUAGES: "all" },
    outside: Layer.merge(upstream.layer, socket),
    publish: (n) => Effect.sync(() => posts.more(n).map(({ did, commit }) => `bluesky:${did}/${commit.rkey}`)),
    retract: () => undefined,
    subscribers: () => subscribers,
    pass,
  }
})
