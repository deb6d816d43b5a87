import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import { SourceError } from "../../../src/SourceAdapter.ts"
import * as Gather from "../../../src/sources/reddit/RequestBatcher.ts"

const failure = new SourceError({ reason: "unavailable", message: "down" })

const setup = (
  call: (keys: ReadonlyArray<string>) => Effect.Effect<ReadonlyMap<string, Result.Result<string, SourceError>>, SourceError>,
  pauseMs?: (open: number) => number,
) =>
  Effect.gen(function* () {
    const calls: Array<string> = []
    const gather = yield* Gather.make<string, string>({
      ...(pauseMs === undefined ? {} : { pauseMs }),
      windowMs: 1_000,
      room: (keys) => keys.length < 3,
      call: (keys) => {
        calls.push(keys.join(""))
        return call(keys)
      },
    })
    return { calls, gather }
  })

const echo = (keys: ReadonlyArray<string>) => Effect.succeed(new Map(keys.map((key) => [key, Result.succeed(`${key}!`)])))

describe("Gather", () => {
  it.effect("asks once for what several ask for, in calls that are not too large, each key once", () =>
    Effect.gen(function* () {
      const { calls, gather } = yield* setup(echo)
      const fibers = yield* Effect.forEach([["a", "b"], ["b", "c", "d"], ["a"]], (keys) => Effect.forkChild(gather.ask(keys)))
      yield* TestClock.adjust("1 second")
      const answers = yield* Effect.forEach(fibers, Fiber.join)
      assert.deepStrictEqual(
        answers.map((answer) => [...answer.values()].sort()),
        [["a!", "b!"], ["b!", "c!", "d!"], ["a!"]],
      )
      assert.deepStrictEqual(calls, ["abc", "d"])
      assert.strictEqual((yield* gather.ask([])).size, 0)
    }),
  )

  it.effect("pauses between calls as long as keys are left, and not before the next who asks", () =>
    Effect.gen(function* () {
      const { calls, gather } = yield* setup(echo, (open) => open * 1_000)
      const fiber = yield* Effect.forkChild(gather.ask([..."abcdefgh"]))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(calls, ["abc"])
      yield* TestClock.adjust("4999 millis")
      assert.deepStrictEqual(calls, ["abc"])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(calls, ["abc", "def"])
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).size, 8)
      const next = yield* Effect.forkChild(gather.ask(["i"]))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([...(yield* Fiber.join(next))], [["i", "i!"]])
      assert.deepStrictEqual(calls, ["abc", "def", "gh", "i"])
    }),
  )

  it.effect("a key that fails costs those who asked for it, no others; a call that fails costs those in it", () =>
    Effect.gen(function* () {
      const { gather } = yield* setup((keys) =>
        keys.includes("x")
          ? Effect.fail(failure)
          : Effect.succeed(new Map(keys.map((key) => [key, key === "b" ? Result.fail(failure) : Result.succeed(key)]))),
      )
      const fibers = yield* Effect.forEach([["a"], ["b"], ["c"], ["x"], ["y"], ["z"], ["q"]], (keys) =>
        Effect.forkChild(Effect.exit(gather.ask(keys))),
      )
      yield* TestClock.adjust("1 second")
      const exits = yield* Effect.forEach(fibers, Fiber.join)
      assert.deepStrictEqual(exits.map(Exit.isSuccess), [true, false, true, false, false, false, true])
    }),
  )

  it.effect("forgets who no longer waits, and a bug reaches those who do", () =>
    Effect.gen(function* () {
      const hold = yield* Deferred.make<void>()
      const { calls, gather } = yield* setup((keys) =>
        keys.includes("bug") ? Effect.die(new Error("bug")) : Effect.andThen(Deferred.await(hold), echo(keys)),
      )
      const gone = yield* Effect.forkChild(gather.ask(["a"]))
      yield* TestClock.adjust(0)
      yield* Fiber.interrupt(gone)
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(calls, [])
      const struck = yield* Effect.forkChild(Effect.exit(gather.ask(["bug"])))
      yield* TestClock.adjust("2 seconds")
      assert.isTrue(Exit.hasDies(yield* Fiber.join(struck)))
    }),
  )
})
