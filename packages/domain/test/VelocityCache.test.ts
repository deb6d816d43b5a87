import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { VelocityCache } from "../src/VelocityCache.ts"
import { suite } from "./VelocityCacheSuite.ts"

suite("memory", VelocityCache.layerMemory)

it.effect("VelocityCache (memory) keeps a bounded number, those that were read or set last", () =>
  Effect.gen(function* () {
    const cache = yield* VelocityCache
    const seen = { at: 1, score: 1, comments: null, textHash: "a" }
    yield* cache.advance(
      new Map([
        ["first", seen],
        ["second", seen],
      ]),
    )
    yield* cache.read(["first"])
    yield* cache.advance(new Map(Array.from({ length: VelocityCache.LIMIT - 1 }, (_, n) => [`x:${n}`, seen])))
    assert.deepStrictEqual([...(yield* cache.read(["first", "second"])).keys()], ["first"])
  }).pipe(Effect.provide(VelocityCache.layerMemory)),
)
