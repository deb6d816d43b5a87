import { assert, describe, it } from "@effect/vitest"
import { Platform } from "@signalflow/domain/signals/Platform"
import type { SourceHealth } from "@signalflow/domain/sources/Source"
import { Effect, type Layer } from "effect"
import { Cursors } from "../src/stores/Cursors.ts"
import { Health } from "../src/health/SourceHealth.ts"

/** What `Cursors` and `Health` do on every layer. Each test has targets of its own. */
export const suite = <E>(name: string, layer: Layer.Layer<Cursors | Health, E>) => {
  describe(name, () => {
    it.layer(layer, { timeout: 60_000 })((it) => {
      it.effect("a cursor that was never stored is null", () =>
        Effect.gen(function* () {
          assert.isNull(yield* (yield* Cursors).load("none", "all"))
        }),
      )

      it.effect("a cursor is what was stored last, per platform and target", () =>
        Effect.gen(function* () {
          const cursors = yield* Cursors
          const position = { last: 9_007_199_254_740_991, holes: [{ id: 1 }], text: 'a "quoted" \\ ünï ☃', none: null }
          yield* cursors.store("p", "a", { last: 1 })
          yield* cursors.store("p", "a", position)
          yield* cursors.store("p", "b", 5)
          yield* cursors.store("q", "a", "text")
          assert.deepStrictEqual(yield* cursors.load("p", "a"), position)
          assert.deepStrictEqual(yield* cursors.load("p", "b"), 5)
          assert.deepStrictEqual(yield* cursors.load("q", "a"), "text")
        }),
      )

      it.effect("what is stored of a target that is watched no more is forgotten, with what belongs to it, and nothing else", () =>
        Effect.gen(function* () {
          const cursors = yield* Cursors
          for (const target of ["gone", "gone#comments", "quota"]) yield* cursors.store("f", target, { at: 1 })
          yield* cursors.store("g", "gone", { at: 1 })
          yield* cursors.forget("f", "gone")
          assert.isNull(yield* cursors.load("f", "gone"))
          assert.isNull(yield* cursors.load("f", "gone#comments"))
          assert.isNotNull(yield* cursors.load("f", "quota"))
          assert.isNotNull(yield* cursors.load("g", "gone"))
        }),
      )

      it.effect("health is the last report of each target", () =>
        Effect.gen(function* () {
          const health = yield* Health
          const full: SourceHealth = {
            platform: Platform.make("p"),
            target: "full",
            state: "degraded",
            why: "no answer",
            lastSuccess: 1_795_000_000_123,
            lagMs: 4_000_000_000,
            readUntil: 1_795_000_000_999,
            quotaLeft: 7,
            warmStart: 0.25,
            at: 1_795_000_001_000,
          }
          const empty: SourceHealth = {
            ...full,
            target: "empty",
            state: "off",
            why: null,
            lastSuccess: null,
            lagMs: null,
            readUntil: null,
            quotaLeft: null,
            warmStart: null,
          }
          yield* health.report({ ...full, state: "live", warmStart: 0.1 })
          yield* health.report(full)
          yield* health.report(empty)
          const all = yield* health.all
          assert.deepStrictEqual(
            all.find(({ target }) => target === "full"),
            full,
          )
          assert.deepStrictEqual(
            all.find(({ target }) => target === "empty"),
            empty,
          )
        }),
      )
    })
  })
}
