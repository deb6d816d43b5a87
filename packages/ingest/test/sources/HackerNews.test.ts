import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Cursors } from "../../src/Cursors.ts"
import { FrameSocket } from "../../src/FrameSocket.ts"
import * as Ingestion from "../../src/Ingestion.ts"
import { hackerNews } from "../../src/sources/HackerNews.ts"
import { advance, json, recordingBus, scripted, surroundings } from "../Harness.ts"

const now = Date.UTC(2026, 10, 22)
const story = (id: number, more: object = {}) => ({
  id,
  type: "story",
  by: "ada",
  time: now / 1_000,
  title: `Story ${id}`,
  score: 1,
  descendants: 0,
  ...more,
})

/** A Firebase with `items` up to `max`. */
const firebase = (state: { max: number; items: Record<number, unknown>; changed?: Array<number> }) =>
  scripted(({ pathname }) => {
    if (pathname === "/v0/maxitem.json") return json(state.max)
    if (pathname === "/v0/updates.json") return json({ items: state.changed ?? [], profiles: [] })
    if (/^\/v0\/(top|new|best)stories.json$/.test(pathname)) return json([])
    const id = /^\/v0\/item\/(\d+)\.json$/.exec(pathname)?.[1]
    if (id === undefined) return undefined
    const item = state.items[Number(id)]
    return item instanceof Response ? item.clone() : json(item ?? null)
  })

const start = (upstream: ReturnType<typeof scripted>, bus: ReturnType<typeof recordingBus>) =>
  Effect.forkScoped(Ingestion.runWith([hackerNews])).pipe(Effect.provide(Layer.mergeAll(upstream.layer, bus.layer, FrameSocket.layer)))

describe("Hacker News", () => {
  it.effect("publishes every new item, once, and remembers how far it has read", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const state = {
        max: 100,
        items: { 101: story(101), 102: story(102, { type: "comment", parent: 101, text: "Hi<p>there &amp; then" }) },
      }
      const bus = recordingBus()
      yield* start(firebase(state), bus)
      yield* advance("1 second")
      assert.deepStrictEqual(bus.events(), [])
      state.max = 102
      yield* advance("12 seconds")
      const events = bus.events()
      assert.deepStrictEqual(
        events.map((event) =>
          event._tag === "Observed" ? [event.signal.id, event.signal.kind, event.signal.title, event.signal.body] : [],
        ),
        [
          ["hackernews:101", "story", "Story 101", ""],
          ["hackernews:102", "comment", "", "Hi\n\nthere & then"],
        ],
      )
      assert.deepStrictEqual(yield* (yield* Cursors).load("hackernews", "items"), { last: 102, holes: [] })
    }).pipe(Effect.provide(surroundings({ WARM_START_HOURS: 0 }))),
  )
})
