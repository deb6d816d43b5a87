import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { type LastObservation, VelocityCache } from "../src/VelocityCache.ts"

const seen = (at: number, score: number | null = 1, comments: number | null = 2, textHash = "0123456789abcdef"): LastObservation => ({
  at,
  score,
  comments,
  textHash,
})

const AT = 1_790_000_000_000

/** The contract of every velocity cache; each test provides the layer anew, with nothing in it. */
export const suite = <E>(name: string, layer: Layer.Layer<VelocityCache, E>) => {
  const test = <A, E2>(behaviour: string, body: (cache: VelocityCache["Service"]) => Effect.Effect<A, E2>) =>
    it.live(`VelocityCache (${name}) ${behaviour}`, () => Effect.provide(Effect.flatMap(VelocityCache, body), Layer.fresh(layer)))

  test("knows nothing at first, and reads what was set, in any order, with nothing of others", (cache) =>
    Effect.gen(function* () {
      assert.deepStrictEqual([...(yield* cache.read(["hn:1", "hn:2"]))], [])
      assert.deepStrictEqual([...(yield* cache.read([]))], [])
      yield* cache.advance(
        new Map([
          ["hn:1", seen(AT, 5, 6)],
          ["hn:2", seen(AT + 1, 7, 8, "fedcba9876543210")],
        ]),
      )
      yield* cache.advance(new Map())
      const found = yield* cache.read(["hn:3", "hn:2", "hn:1"])
      assert.deepStrictEqual(new Set(found.keys()), new Set(["hn:1", "hn:2"]))
      assert.deepStrictEqual(found.get("hn:1"), seen(AT, 5, 6))
      assert.deepStrictEqual(found.get("hn:2"), seen(AT + 1, 7, 8, "fedcba9876543210"))
    }))

  test("tells a count that a platform does not have from zero, and keeps negative ones", (cache) =>
    Effect.gen(function* () {
      const entries = new Map([
        ["a", seen(AT, null, null)],
        ["b", seen(AT, 0, 0)],
        ["c", seen(AT, -12, null)],
        ["d", seen(AT, null, 3)],
      ])
      yield* cache.advance(entries)
      const found = yield* cache.read(["a", "b", "c", "d"])
      for (const [id, entry] of entries) assert.deepStrictEqual(found.get(id), entry)
    }))

  test("goes only forward in time: what is not newer changes nothing", (cache) =>
    Effect.gen(function* () {
      yield* cache.advance(
        new Map([
          ["a", seen(AT, 10)],
          ["b", seen(AT, 10)],
          ["c", seen(AT, 10)],
        ]),
      )
      yield* cache.advance(
        new Map([
          ["a", seen(AT - 1, 9)],
          ["b", seen(AT, 11)],
          ["c", seen(AT + 1, 12)],
        ]),
      )
      const found = yield* cache.read(["a", "b", "c"])
      assert.deepStrictEqual([...found.values()], [seen(AT, 10), seen(AT, 10), seen(AT + 1, 12)])
    }))

  test("compares times as numbers, whatever their length", (cache) =>
    Effect.gen(function* () {
      yield* cache.advance(new Map([["a", seen(9)]]))
      yield* cache.advance(new Map([["a", seen(10, 2)]]))
      yield* cache.advance(new Map([["a", seen(8, 3)]]))
      assert.deepStrictEqual((yield* cache.read(["a"])).get("a"), seen(10, 2))
    }))

  test("forgets what was removed, and nothing else", (cache) =>
    Effect.gen(function* () {
      yield* cache.advance(
        new Map([
          ["a", seen(AT)],
          ["b", seen(AT)],
        ]),
      )
      yield* cache.forget(["a", "never seen"])
      yield* cache.forget([])
      assert.deepStrictEqual([...(yield* cache.read(["a", "b"]))], [["b", seen(AT)]])
      yield* cache.advance(new Map([["a", seen(AT - 5)]]))
      assert.deepStrictEqual((yield* cache.read(["a"])).get("a"), seen(AT - 5))
    }))

  test("takes ids for what they are: any characters, and more than one command holds", (cache) =>
    Effect.gen(function* () {
      const odd = ["feed:http://h/?a=1,2&b={3}", "x:line\nbreak", "x:", "x: ", "x:*", "x:ключ🔑", "x:a".padEnd(500, "b"), "vel:x"]
      const ids = [...odd, ...Array.from({ length: 2_500 }, (_, n) => `many:${n}`)]
      yield* cache.advance(new Map(ids.map((id, n) => [id, seen(AT + n, n)])))
      const found = yield* cache.read(ids.toReversed())
      assert.strictEqual(found.size, ids.length)
      for (const [n, id] of ids.entries()) assert.deepStrictEqual(found.get(id), seen(AT + n, n))
    }))

  test("keeps the newest of many writers", (cache) =>
    Effect.gen(function* () {
      yield* Effect.forEach(
        Array.from({ length: 40 }, (_, n) => (n * 17) % 40),
        (n) => cache.advance(new Map([["a", seen(AT + n, n)]])),
        { concurrency: "unbounded", discard: true },
      )
      assert.deepStrictEqual((yield* cache.read(["a"])).get("a"), seen(AT + 39, 39))
    }))
}
