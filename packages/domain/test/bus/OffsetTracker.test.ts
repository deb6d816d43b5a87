import { assert, it } from "@effect/vitest"
import { OffsetTracker } from "../../src/bus/OffsetTracker.ts"
import { HeldPartition } from "../../src/bus/HeldPartition.ts"

const deliver = (tracker: OffsetTracker, offsets: ReadonlyArray<number>) => offsets.forEach((offset) => tracker.delivered(offset))

it("commits nothing before the first of what was delivered is acknowledged", () => {
  const tracker = new OffsetTracker()
  deliver(tracker, [5, 6, 9])
  assert.isNull(tracker.ack([6, 9]))
  assert.strictEqual(tracker.pending, 3)
  assert.strictEqual(tracker.ack([5]), 10)
  assert.strictEqual(tracker.pending, 0)
})

it("ignores offsets that are not pending: acknowledged twice, never delivered, or of another time", () => {
  const tracker = new OffsetTracker()
  assert.isNull(tracker.ack([0]))
  deliver(tracker, [10, 11])
  assert.strictEqual(tracker.ack([10]), 11)
  assert.isNull(tracker.ack([10, 3, 99]))
  deliver(tracker, [12, 99])
  assert.strictEqual(tracker.ack([11, 12]), 13)
  assert.strictEqual(tracker.pending, 1)
})

it("commits everything in the end, whatever the order, and never goes back", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const tracker = new OffsetTracker()
    const offsets = Array.from({ length: 6_000 }, (_, n) => n * (1 + (seed % 3)))
    deliver(tracker, offsets)
    const shuffled = offsets.map((offset, n) => ({ offset, at: n + ((n * seed * 7_919) % 300) })).sort((a, b) => a.at - b.at)
    let committed = -1
    const done = new Set<number>()
    for (let n = 0; n < shuffled.length; n += 37) {
      const batch = shuffled.slice(n, n + 37).map(({ offset }) => offset)
      batch.forEach((offset) => done.add(offset))
      const next = tracker.ack(batch)
      if (next === null) continue
      assert.isAbove(next, committed)
      committed = next
      assert.isTrue(offsets.filter((offset) => offset < next).every((offset) => done.has(offset)))
    }
    assert.strictEqual(committed, offsets.at(-1)! + 1)
    assert.strictEqual(tracker.pending, 0)
  }
})

it("has no room once it is given up or lost, and commits nothing after it is lost", () => {
  const held = new HeldPartition("t", 0, 3)
  assert.strictEqual(held.room(2), 2)
  held.delivered(3)
  held.delivered(4)
  assert.strictEqual(held.room(2), 0)
  held.leavingBy = 0
  assert.isTrue(held.ack([3]))
  assert.strictEqual(held.committable, 4)
  assert.strictEqual(held.room(2), 0)
  held.lost = true
  assert.isFalse(held.ack([4]))
  assert.strictEqual(held.committable, 4)
})

it("passes a hole at the end of the log only when nothing is un-acknowledged", () => {
  const held = new HeldPartition("t", 0, 0)
  held.delivered(0)
  held.readTo(5)
  assert.strictEqual(held.committable, 0)
  assert.isTrue(held.ack([0]))
  assert.strictEqual(held.committable, 1)
  held.readTo(5)
  assert.strictEqual(held.committable, 5)
})
