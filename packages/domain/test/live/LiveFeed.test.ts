import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { LIVE_HISTORY, layerMemory } from "../../src/live/LiveFeed.ts"
import type { LiveItem } from "../../src/live/LiveFrame.ts"
import { LiveHistory } from "../../src/live/LiveHistory.ts"
import { liveRemoved, liveSignal, suite } from "../LiveFeedSuite.ts"

type LiveSignal = Extract<LiveItem, { _tag: "Signal" }>

suite("memory", layerMemory, { history: LIVE_HISTORY, most: LIVE_HISTORY * 1.2 })

describe("the history of a live feed", () => {
  it("is bounded by what its texts take, too: the oldest go, and a reader is told", () =>
    Effect.gen(function* () {
      const history = new LiveHistory(LIVE_HISTORY, "e")
      const body = "x".repeat(1_000_000)
      for (let offset = 1; offset <= 200; offset++) {
        const item = { _tag: "Signal", signal: { ...(liveSignal(`x:${offset}`) as LiveSignal).signal, body } } as const
        history.append({ epoch: "e", from: offset, to: offset, entries: [{ epoch: "e", offset, item }] })
      }
      const [missed, kept] = yield* history.read({ epoch: "e", offset: 0 }).pipe(Stream.take(2), Stream.runCollect)
      assert.isTrue(missed !== undefined && "_tag" in missed && kept !== undefined && !("_tag" in kept))
      if (missed === undefined || !("_tag" in missed) || kept === undefined || "_tag" in kept) return
      assert.isAtMost(kept.length, 17)
      assert.isAtLeast(kept.length, 10)
      assert.strictEqual(kept[0]?.offset, missed.to + 1)
      assert.strictEqual(kept.at(-1)?.offset, 200)
    }).pipe(Effect.runPromise))

  it("keeps one entry however large, and counts what was removed no more", () =>
    Effect.gen(function* () {
      const history = new LiveHistory(LIVE_HISTORY, "e")
      const large = (offset: number, id: string) => ({
        epoch: "e",
        offset,
        item: { _tag: "Signal", signal: { ...(liveSignal(id) as LiveSignal).signal, body: "x".repeat(12_000_000) } } as const,
      })
      history.append({ epoch: "e", from: 1, to: 1, entries: [large(1, "x:1")] })
      history.append({ epoch: "e", from: 2, to: 2, entries: [{ epoch: "e", offset: 2, item: liveRemoved("x:1") }] })
      history.append({ epoch: "e", from: 3, to: 3, entries: [large(3, "x:3")] })
      const [kept] = yield* history.read({ epoch: "e", offset: 0 }).pipe(Stream.take(1), Stream.runCollect)
      assert.isTrue(kept !== undefined && !("_tag" in kept))
      if (kept !== undefined && !("_tag" in kept))
        assert.deepStrictEqual(
          kept.map(({ offset }) => offset),
          [2, 3],
        )
      history.append({ epoch: "e", from: 4, to: 4, entries: [large(4, "x:4")] })
      assert.deepStrictEqual(history.position, { epoch: "e", offset: 4 })
    }).pipe(Effect.runPromise))
})
