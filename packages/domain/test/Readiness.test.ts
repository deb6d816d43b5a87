import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Readiness } from "../src/Readiness.ts"

const one = (name: string) => Effect.flatMap(Readiness, ({ all }) => Effect.map(all, (list) => list.find((it) => it.name === name)))
const provided = Effect.provide(Readiness.layer)

describe("Readiness", () => {
  it.effect("tells the worst of several troubles under a name, and each ends on its own", () =>
    Effect.gen(function* () {
      const readiness = yield* Readiness
      const [a, b] = [readiness.trouble("bus"), readiness.trouble("bus")]
      yield* readiness.report("bus", "ok")
      yield* a.say("degraded", "slow")
      yield* TestClock.adjust("1 second")
      yield* b.say("down", "gone")
      assert.deepInclude(yield* one("bus"), { state: "down", why: "gone (and 1 more)" })
      // One that is well does not hide the other's trouble.
      yield* readiness.report("bus", "ok")
      yield* b.over
      assert.deepInclude(yield* one("bus"), { state: "degraded", why: "slow", since: 0 })
      yield* a.over
      assert.deepInclude(yield* one("bus"), { state: "ok", why: null })
    }).pipe(provided),
  )

  it.effect("ends a trouble with a lifetime by itself", () =>
    Effect.gen(function* () {
      const trouble = (yield* Readiness).trouble("clocks")
      yield* trouble.say("degraded", "ahead", 60_000)
      yield* TestClock.adjust("59 seconds")
      assert.deepInclude(yield* one("clocks"), { state: "degraded" })
      yield* TestClock.adjust("1 second")
      assert.deepInclude(yield* one("clocks"), { state: "ok", why: null, since: 60_000 })
    }).pipe(provided),
  )

  it.effect("knows nothing of a trouble that was never told", () =>
    Effect.gen(function* () {
      const readiness = yield* Readiness
      yield* readiness.trouble("x").over
      assert.deepStrictEqual(yield* readiness.all, [])
    }).pipe(provided),
  )
})
