import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { connect, get, START, start } from "./harness.ts"

const data = process.env["SIGNALFLOW_TEST_DATA"] ?? ""
if (data === "" && process.env["CI"] === "true") throw new Error("the recorded data is missing: SIGNALFLOW_TEST_DATA")

describe("recordings", () => {
  it.live.skipIf(data === "")("are served through the same protocols, moved to now, and equal the truth", () =>
    Effect.gen(function* () {
      const simulator = yield* start({ recordings: data, historyHours: 24 })
      const { signals } = simulator.truth()
      const posts = signals.filter(({ platform }) => platform === "bluesky")
      const stories = signals.filter(({ platform }) => platform === "hackernews")
      assert.isAbove(posts.length, 3000)
      assert.isAbove(stories.length, 500)
      assert.isTrue(signals.every(({ shownAt }) => shownAt <= START && shownAt >= START - 24 * 3_600_000 - 1))

      const client = yield* connect(
        simulator,
        `/xrpc/network.bsky.jetstream.subscribeEvents?cursor=${(START - 25 * 3_600_000) * 1000}&kinds=commit`,
      )
      yield* client.until(posts.length + 1)
      const [info, ...events] = client.events().map(({ payload }) => payload)
      assert.strictEqual(info.name, "OutdatedCursor")
      assert.deepStrictEqual(
        events.map((event) => `bluesky:${event.did}/${event.rkey}`),
        posts.map(({ id }) => id),
      )
      assert.isTrue(events.every((event, i) => Date.parse(event.record.createdAt) === posts[i]!.publishedAt))

      const max = (yield* get(simulator, "/v0/maxitem.json")).json
      assert.strictEqual(`hackernews:${max}`, stories.at(-1)?.id)
      const top: ReadonlyArray<number> = (yield* get(simulator, "/v0/topstories.json")).json
      assert.isAbove(top.length, 100)
      const item = (yield* get(simulator, `/v0/item/${top[0]}.json`)).json
      assert.isString(item.title)
      const { json } = yield* get(simulator, "/api/v1/search_by_date?tags=story&hitsPerPage=1000")
      assert.strictEqual(json.nbHits, stories.filter(({ kind }) => kind === "story").length)
      assert.strictEqual((yield* get(simulator, "/__truth/summary")).json.counts.bluesky.signals, posts.length)

      simulator.advance(60_000)
      assert.isAbove(simulator.truth({ platform: "bluesky" }).signals.length, posts.length + 30)
      assert.strictEqual((yield* Effect.promise(() => fetch(`${simulator.url}/__emit`, { method: "POST", body: "{}" }))).status, 409)
    }),
  )
})
