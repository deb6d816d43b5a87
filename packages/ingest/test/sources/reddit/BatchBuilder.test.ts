import { assert, it } from "@effect/vitest"
import { signalId } from "@signalflow/domain/signals/Signal"
import { Harvest } from "../../../src/convert/Converted.ts"
import { batchesOf, gather } from "../../../src/sources/reddit/BatchBuilder.ts"

const observation = { observedAt: Date.UTC(2026, 10, 22), mode: "refresh", runId: "test" } as const

it("keeps each event with its raw record, however many removals stand before it", () => {
  const harvest = new Harvest()
  for (let n = 0; n < 1_200; n++) {
    const name = `t3_${n.toString(36)}`
    if (n % 3 === 0)
      harvest.events.push({
        _tag: "Removed",
        target: { _tag: "Signal", id: signalId("reddit", name) },
        kind: "deleted",
        at: 0,
        why: "gone",
      })
    else gather(harvest, { kind: "t3", data: { name, title: `Post ${n}`, created_utc: 1_795_000_000 } }, observation)
  }
  gather(harvest, { kind: "t3", data: { name: "t3_none", title: "", created_utc: 1_795_000_000 } }, observation)
  const batches = batchesOf(harvest, { cursor: 7, readUntil: 8 })
  assert.deepStrictEqual(
    batches.map(({ events, cursor, readUntil }) => [events.length, cursor, readUntil]),
    [
      [500, null, null],
      [500, null, null],
      [200, 7, 8],
    ],
  )
  for (const { events, raw } of batches.slice(0, 2)) {
    const ids = events.flatMap((event) => (event._tag === "Observed" ? [event.signal.id.slice(7)] : []))
    assert.deepStrictEqual(
      raw!.map(({ key }) => key),
      ids,
    )
  }
  assert.strictEqual(batches[2]!.raw!.at(-1)!.key, "t3_none")
  assert.strictEqual(batches.flatMap(({ raw }) => raw!).length, harvest.raw.length)
  assert.deepStrictEqual(batchesOf(new Harvest(), { cursor: null, readUntil: 1 }).length, 1)
})
