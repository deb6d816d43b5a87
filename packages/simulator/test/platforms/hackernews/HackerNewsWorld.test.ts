import { assert, describe, it } from "@effect/vitest"
import type { HackerNewsItem } from "../../../src/world/Feeds.ts"
import { world } from "../../../src/World.ts"

const EPOCH = Date.UTC(2026, 5, 1)
const START = EPOCH + 24 * 3_600_000
const MINUTE = 60_000

describe("Hacker News in the world", () => {
  it("tells in updates whatever changed in a minute: scores, answers, edits, deletions, flags and vouches", () => {
    let clock = START
    const made = world(
      { seed: 9, epoch: EPOCH, historyHours: 24, rate: 1, speed: 1, opensAt: START + 120_000, lookbackHours: 24 },
      () => clock,
    )
    const first = made.hackerNews.maxId() - 1500
    const read = () => {
      const items = new Map<number, HackerNewsItem>()
      for (let id = first; id <= made.hackerNews.maxId(); id++) items.set(id, made.hackerNews.item(id)!)
      return items
    }
    const kinds = { score: 0, answer: 0, edit: 0, deleted: 0, flagged: 0, vouched: 0 }
    let before = read()
    for (let minute = 0; minute < 90; minute++) {
      clock += MINUTE
      const after = read()
      const told = new Set(made.hackerNews.updates().items)
      for (const [id, old] of before) {
        const item = after.get(id)!
        if (JSON.stringify(item) === JSON.stringify(old)) continue
        assert.isTrue(told.has(id), JSON.stringify([old, item]))
        if (item.deleted) kinds.deleted++
        else if (item.dead && !old.dead) kinds.flagged++
        else if (old.dead && !item.dead) kinds.vouched++
        else if (item.title !== old.title || item.text !== old.text) kinds.edit++
        if ((item.kids?.length ?? 0) > (old.kids?.length ?? 0)) kinds.answer++
        if (item.score !== undefined && old.score !== undefined && !item.dead) {
          assert.isAtLeast(item.score, old.score)
          if (item.score > old.score) kinds.score++
        }
      }
      before = after
    }
    for (const [kind, count] of Object.entries(kinds)) assert.isAbove(count, 0, kind)
  })
})
