import { assert, describe, it } from "@effect/vitest"
import { Readiness } from "@signalflow/domain/Readiness"
import { Effect, Fiber, Schedule } from "effect"
import { TestClock } from "effect/testing"
import { patiently } from "../../src/flow/Patience.ts"

interface Trouble {
  readonly message: string
  readonly isForGood?: boolean
}

const stage = Effect.gen(function* () {
  const states: Array<string | null> = []
  let answer: Effect.Effect<string, Trouble> = Effect.fail({ message: "no answer" })
  const waiting = patiently<Trouble>({
    name: "store",
    state: "down",
    what: "nothing is stored",
    schedule: Schedule.spaced("1 second"),
    while: ({ isForGood }) => isForGood !== true,
    onState: (why) => Effect.sync(() => void states.push(why)),
  })(Effect.suspend(() => answer))
  const fiber = yield* Effect.forkChild(Effect.exit(waiting))
  yield* TestClock.adjust(0)
  yield* TestClock.adjust("3 seconds")
  const told = Effect.flatMap(Readiness, ({ all }) => all)
  assert.deepInclude((yield* told)[0], { name: "store", state: "down", why: "nothing is stored: no answer", since: 0 })
  assert.deepStrictEqual(states, ["nothing is stored: no answer"])
  const become = (next: typeof answer) =>
    Effect.andThen(
      Effect.sync(() => void (answer = next)),
      TestClock.adjust("1 second"),
    )
  return { fiber, told, states, become }
})

describe("a failure that is waited out", () => {
  it.effect("leaves nothing behind once it is over", () =>
    Effect.gen(function* () {
      const { fiber, told, states, become } = yield* stage
      yield* become(Effect.succeed("done"))
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "Success")
      assert.deepInclude((yield* told)[0], { state: "ok", why: null })
      assert.isNull(states.at(-1))
    }).pipe(Effect.provide(Readiness.layer)),
  )

  it.effect("leaves nothing behind when it is interrupted", () =>
    Effect.gen(function* () {
      const { fiber, told, states } = yield* stage
      yield* Fiber.interrupt(fiber)
      assert.deepInclude((yield* told)[0], { state: "ok", why: null })
      assert.isNull(states.at(-1))
    }).pipe(Effect.provide(Readiness.layer)),
  )

  it.effect("leaves nothing behind when it fails for good", () =>
    Effect.gen(function* () {
      const { fiber, told, become } = yield* stage
      yield* become(Effect.fail({ message: "refused", isForGood: true }))
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "Failure")
      assert.deepInclude((yield* told)[0], { state: "ok", why: null })
    }).pipe(Effect.provide(Readiness.layer)),
  )
})
