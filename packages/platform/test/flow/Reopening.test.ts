import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Schedule, Stream } from "effect"
import { TestClock } from "effect/testing"
import { reopening } from "../../src/flow/Reopening.ts"

describe("a stream that is opened anew", () => {
  it.effect("is nobody's trouble any more once it is interrupted while it is down", () =>
    Effect.gen(function* () {
      const states: Array<string> = []
      const onState = (state: string, why?: string) => Effect.sync(() => void states.push(why === undefined ? state : `${state}: ${why}`))
      const stream = reopening<number, string>(Effect.fail("refused"), onState, String, Schedule.spaced("1 second"))
      const fiber = yield* Effect.forkChild(Stream.runDrain(stream))
      yield* TestClock.adjust(0)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(states, ["down: refused", "down: refused"])
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(states.at(-1), "ok")
    }),
  )
})
