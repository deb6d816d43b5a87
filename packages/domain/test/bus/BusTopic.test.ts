import { assert, it } from "@effect/vitest"
import { murmur2, partitionOf } from "../../src/bus/BusTopic.ts"

// The vectors of Kafka's own UtilsTest.
const kafka: ReadonlyArray<readonly [string, number]> = [
  ["21", -973_932_308],
  ["foobar", -790_332_482],
  ["a-little-bit-long-string", -985_981_536],
  ["a-little-bit-longer-string", -1_486_304_829],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971],
  ["abc", 479_470_107],
]

it.each(kafka)("hashes %s as Kafka does", (key, hash) => {
  assert.strictEqual(murmur2(key), hash)
  assert.strictEqual(partitionOf(key, 6), (hash & 0x7fffffff) % 6)
})

it("puts every key, also an empty one and one that is not ASCII, into a partition that exists, and spreads them", () => {
  const counts = Array.from({ length: 6 }, () => 0)
  for (let n = 0; n < 6_000; n++) counts[partitionOf(`bluesky:at://did:plc:é東👍${n}/x`, 6)]!++
  assert.isTrue(
    counts.every((count) => count > 800 && count < 1_200),
    String(counts),
  )
  assert.include([0, 1, 2, 3, 4, 5], partitionOf("", 6))
  assert.strictEqual(partitionOf("anything", 1), 0)
})
