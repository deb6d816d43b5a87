import { assert, describe, it } from "@effect/vitest"
import type { LiveFrame } from "@signalflow/domain/live/LiveFrame"
import { emptyLive, fill, fold, isLate, type LiveState, rateOf, release, ROWS } from "../../src/live/state.ts"
import { at, frame, NOON, signal } from "../Fixtures.ts"

const keys = (rows: LiveState["rows"]) => rows.map(({ key }) => key)
const hello = (offset: number, epoch = "e1"): LiveFrame => ({ type: "hello", epoch, offset })
const after = (frames: ReadonlyArray<LiveFrame>, held = false, from = emptyLive) => fold(from, frames, held, NOON)

describe("the live list", () => {
  it("puts the newest arrival on top", () => {
    const state = after([hello(5), frame(6, "bluesky:a"), frame(7, "bluesky:b")])
    assert.deepStrictEqual(keys(state.rows), ["bluesky:b", "bluesky:a"])
    assert.deepStrictEqual(state.place, { epoch: "e1", offset: 7 })
  })

  it("shows a signal once, and a newer observation of it in its place", () => {
    const state = after([
      frame(1, "hackernews:1", { score: 1 }),
      frame(2, "hackernews:2"),
      frame(3, "hackernews:1", { score: 9, observedAt: at(60) }),
      frame(4, "hackernews:1", { score: 5, observedAt: at(30) }),
    ])
    assert.deepStrictEqual(keys(state.rows), ["hackernews:2", "hackernews:1"])
    const row = state.rows[1]
    assert.strictEqual(row?._tag === "Signal" ? row.signal.score : null, 9)
  })

  it("folds frames that a resume sends a second time", () => {
    const once = after([frame(1, "bluesky:a"), frame(2, "bluesky:b")])
    const twice = fold(once, [hello(2), frame(1, "bluesky:a"), frame(2, "bluesky:b"), frame(3, "bluesky:c")], false, NOON)
    assert.deepStrictEqual(keys(twice.rows), ["bluesky:c", "bluesky:b", "bluesky:a"])
    assert.strictEqual(twice.pace.get(NOON / 1_000), 3)
  })

  it("does not move its place to what hello announces but has not sent", () => {
    const state = fold(after([frame(3, "bluesky:a")]), [hello(90)], false, NOON)
    assert.deepStrictEqual(state.place, { epoch: "e1", offset: 3 })
  })

  it("moves its place with a position, which says that nothing else is to come before it", () => {
    const state = fold(after([frame(3, "bluesky:a")]), [{ type: "position", epoch: "e1", offset: 80 }], false, NOON)
    assert.deepStrictEqual(state.place, { epoch: "e1", offset: 80 })
  })

  it("marks where something was missed and how much", () => {
    const state = after([frame(1, "bluesky:a"), { type: "gap", epoch: "e1", offset: 40, from: 2, to: 40 }, frame(41, "bluesky:b")])
    assert.deepStrictEqual(
      state.rows.map((row) => (row._tag === "Gap" ? row.missed : row.key)),
      ["bluesky:b", 39, "bluesky:a"],
    )
    assert.strictEqual(state.place?.offset, 41)
  })

  it("marks the start of another history once, and goes on from it", () => {
    const state = fold(
      after([frame(900, "bluesky:a")]),
      [hello(0, "e2"), { type: "gap", epoch: "e2", offset: 0, from: 0, to: 0 }, frame(1, "bluesky:b", {}, "e2")],
      false,
      NOON,
    )
    assert.deepStrictEqual(
      state.rows.map(({ _tag }) => _tag),
      ["Signal", "Gap", "Signal"],
    )
    assert.deepStrictEqual(state.place, { epoch: "e2", offset: 1 })
  })

  it("takes out what was removed at once, wherever it waits, and does not let a late page bring it back", () => {
    const held = fold(after([frame(1, "bluesky:a")]), [frame(2, "bluesky:b")], true, NOON)
    const state = fold(
      held,
      [
        { type: "removed", epoch: "e1", offset: 3, id: "bluesky:a" },
        { type: "removed", epoch: "e1", offset: 4, id: "bluesky:b" },
      ],
      true,
      NOON,
    )
    assert.deepStrictEqual([keys(state.rows), keys(state.waiting)], [[], []])
    assert.deepStrictEqual(keys(fill(state, [signal("bluesky:a"), signal("bluesky:c")]).rows), ["bluesky:c"])
    assert.deepStrictEqual(keys(fold(state, [frame(5, "bluesky:a", { observedAt: at(9) })], false, NOON).rows), ["bluesky:a"])
  })

  it("moves nothing while it is held: new rows wait, counts change in place", () => {
    const before = after([frame(1, "bluesky:a")])
    const held = fold(before, [frame(2, "bluesky:b"), frame(3, "bluesky:a", { score: 7, observedAt: at(5) })], true, NOON)
    assert.deepStrictEqual(keys(held.rows), ["bluesky:a"])
    assert.deepStrictEqual(keys(held.waiting), ["bluesky:b"])
    const row = held.rows[0]
    assert.strictEqual(row?._tag === "Signal" ? row.signal.score : null, 7)
    const free = release(held)
    assert.deepStrictEqual([keys(free.rows), free.waiting.length], [["bluesky:b", "bluesky:a"], 0])
  })

  it("lets in what is being published, not the refreshed counts of yesterday", () => {
    const state = after([frame(1, "hackernews:new"), frame(2, "hackernews:old", { publishedAt: at(-86_400), observedAt: at(1) })])
    assert.deepStrictEqual(keys(state.rows), ["hackernews:new"])
  })

  it("is not shut by one post that is dated in the future", () => {
    const state = after([frame(1, "bluesky:future", { publishedAt: at(9e6), observedAt: at(0) }), frame(2, "bluesky:now")])
    assert.deepStrictEqual(keys(state.rows), ["bluesky:now", "bluesky:future"])
  })

  it("is bounded, also while it is held", () => {
    const many = Array.from({ length: ROWS + 50 }, (_, i) => frame(i + 1, `bluesky:${i}`))
    assert.strictEqual(after(many).rows.length, ROWS)
    assert.strictEqual(after(many, true).waiting.length, ROWS)
    assert.strictEqual(keys(after(many).rows)[0], `bluesky:${ROWS + 49}`)
    const removals = many.map((_, i): LiveFrame => ({ type: "removed", epoch: "e1", offset: i + 1, id: `bluesky:${i}` }))
    assert.strictEqual(after(removals).gone.size, ROWS)
  })

  it("starts from a page of the API, below what came live", () => {
    const state = fill(after([frame(1, "bluesky:live")]), [signal("bluesky:live"), signal("bluesky:x"), signal("bluesky:y")])
    assert.deepStrictEqual(keys(state.rows), ["bluesky:live", "bluesky:x", "bluesky:y"])
  })

  it("counts signals a second over the last half minute", () => {
    let state = fold(emptyLive, [hello(0)], false, NOON)
    for (let second = 1; second <= 60; second++) {
      state = fold(
        state,
        [frame(second * 2, `bluesky:${second}`), frame(second * 2 + 1, `bluesky:${second}b`)],
        false,
        NOON + second * 1_000,
      )
    }
    assert.strictEqual(rateOf(state, NOON + 60_000), 2)
    assert.isAtMost(state.pace.size, 30)
    assert.strictEqual(rateOf(state, NOON + 120_000), 0)
  })

  it("is in order of arrival, and knows which of it is late", () => {
    const late = frame(7, "reddit:b", { publishedAt: at(-41 * 60), observedAt: at(0) })
    const state = after([hello(5), frame(6, "bluesky:a", { publishedAt: at(-2) }), late])
    assert.deepStrictEqual(
      state.rows.map((row) => [row.key, row.at, row._tag === "Signal" && isLate(row)]),
      [
        ["reddit:b", NOON, true],
        ["bluesky:a", NOON, false],
      ],
    )
  })

  it("puts a page of the API among what is there by time, so that nothing stands above what is newer", () => {
    const live = fold(fold(emptyLive, [hello(5), frame(6, "bluesky:a")], false, NOON - 60_000), [frame(7, "bluesky:b")], false, NOON)
    const page = [signal("hackernews:1", { publishedAt: at(-30) }), signal("hackernews:2", { publishedAt: at(-90) })]
    assert.deepStrictEqual(keys(fill(live, page).rows), ["bluesky:b", "hackernews:1", "bluesky:a", "hackernews:2"])
  })
})
