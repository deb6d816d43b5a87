import { assert, describe, it } from "@effect/vitest"
import { Watermark } from "../../../../src/sources/reddit/discovery/Watermark.ts"

const HOUR = 3_600
const now = 1_795_000_000

/** What a page of these posts gives that is new. */
const look = (watermark: Watermark, posts: ReadonlyArray<readonly [string, number]>, at = now) => {
  const fresh = posts.filter(([name, created]) => watermark.isNew("news", name, created))
  for (const [name, created] of fresh) watermark.published("news", name, created)
  watermark.settle("news", at)
  return fresh.map(([name]) => name)
}

const restarted = (watermark: Watermark) => new Watermark(JSON.parse(JSON.stringify(watermark.toPosition())))

describe("the watermark of discovery", () => {
  it("gives each post once, those of one second too, and those that rise after a newer one, over restarts", () => {
    let watermark = new Watermark(null)
    assert.deepStrictEqual(
      look(watermark, [
        ["t3_b", now - 10],
        ["t3_a", now - 900],
      ]),
      ["t3_b", "t3_a"],
    )
    watermark = restarted(watermark)
    assert.deepStrictEqual(
      look(watermark, [
        ["t3_b2", now - 10],
        ["t3_b", now - 10],
        ["t3_rises", now - 5_000],
      ]),
      ["t3_b2", "t3_rises"],
    )
    watermark = restarted(watermark)
    assert.deepStrictEqual(
      look(watermark, [
        ["t3_b2", now - 10],
        ["t3_rises", now - 5_000],
        ["t3_c", now - 10],
      ]),
      ["t3_c"],
    )
  })

  it("leaves out what lies far behind the newest, and never gives anything twice when it forgets", () => {
    const watermark = new Watermark(null)
    assert.deepStrictEqual(
      look(watermark, [
        ["t3_pinned", now - 400 * 24 * HOUR],
        ["t3_a", now],
      ]),
      ["t3_pinned", "t3_a"],
    )
    assert.deepStrictEqual(
      look(watermark, [
        ["t3_pinned", now - 400 * 24 * HOUR],
        ["t3_b", now - 47 * HOUR],
        ["t3_c", now - 49 * HOUR],
      ]),
      ["t3_b"],
    )
    let read = watermark
    const seen = new Set<string>()
    for (let n = 0; n < 2_000; n++) {
      const page = Array.from({ length: 100 }, (_, i) => [`t3_x${n - i}`, now + (n - i) * 60] as const)
      for (const name of look(read, page, now + n * 60)) {
        assert.isFalse(seen.has(name), name)
        seen.add(name)
      }
      if (n % 100 === 0) read = restarted(read)
    }
    assert.strictEqual(seen.size, 2_000 + 99)
    assert.isBelow(JSON.stringify(read.toPosition()).length, 10_000)
  })

  it("is not moved by a clock that runs ahead", () => {
    const watermark = new Watermark(null)
    look(watermark, [["t3_future", now + 100 * 24 * HOUR]])
    assert.deepStrictEqual(
      look(watermark, [
        ["t3_future", now + 100 * 24 * HOUR],
        ["t3_a", now],
      ]),
      ["t3_a"],
    )
  })

  it("takes the name of a subreddit as it comes, and forgets those not seen for longest", () => {
    const watermark = new Watermark(null)
    watermark.published("News", "t3_a", now)
    assert.isFalse(watermark.isNew("news", "t3_a", now))
    for (let n = 0; n < 300; n++) {
      watermark.published(`sub${n}`, "t3_a", now)
      watermark.settle(`sub${n}`, now)
    }
    assert.strictEqual(Object.keys(watermark.toPosition().marks).length, 200)
    assert.isFalse(watermark.isNew("sub299", "t3_a", now))
  })

  it("goes on from the position of the first version: its newest second and the posts of that second", () => {
    const watermark = new Watermark({ marks: { News: { at: now, names: ["t3_a"] } } })
    assert.deepStrictEqual(
      look(
        watermark,
        [
          ["t3_a", now],
          ["t3_b", now],
          ["t3_old", now - 1],
          ["t3_c", now + 1],
        ],
        now + 1,
      ),
      ["t3_b", "t3_c"],
    )
    assert.isTrue(new Watermark({ marks: 7 }).isNew("news", "t3_a", now))
  })

  it("remembers whose comments are to be read, in order and bounded", () => {
    let watermark = new Watermark(null)
    for (let n = 0; n < 2_000; n++) assert.isTrue(watermark.await({ name: `t3_${n.toString(36)}`, subreddit: "news" }))
    assert.isFalse(watermark.await({ name: "t3_more", subreddit: "news" }))
    watermark.commentsRead()
    watermark = restarted(watermark)
    assert.deepStrictEqual(watermark.next, { name: "t3_1", subreddit: "news" })
  })
})
