import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Logger } from "effect"
import { SqlError, UnknownError } from "effect/sql/SqlError"
import { TestClock } from "effect/testing"
import { answered } from "../../src/database/Database.ts"
import { CurrentOutages, Outages } from "../../src/database/Outages.ts"

const failing = Effect.exit(answered(Effect.fail(new SqlError({ reason: new UnknownError({ cause: new Error("the socket is closed") }) }))))
const working = answered(Effect.succeed(1))

const logged = <A, E, R>(effect: (lines: Array<string>) => Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    return effect(lines).pipe(Effect.provide(Logger.layer([logger])), Effect.provideService(CurrentOutages, new Outages()))
  })

describe("an outage of the database", () => {
  it.effect("is one line in the log when it begins and one when it is over, with the number of queries that failed", () =>
    logged((lines) =>
      Effect.gen(function* () {
        yield* working
        for (let second = 0; second < 60; second++) {
          for (let n = 0; n < 30; n++) yield* failing
          yield* working
          yield* TestClock.adjust("1 second")
        }
        assert.strictEqual(lines.length, 1, lines.join("\n"))
        assert.include(lines[0]!, "the socket is closed")
        yield* TestClock.adjust("10 seconds")
        for (let n = 0; n < 5; n++) yield* working
        assert.deepStrictEqual(lines.slice(1), ["Queries succeed again (UnknownError): 1800 failed within 59s"])
        yield* failing
        assert.strictEqual(lines.length, 3)
      }),
    ),
  )

  it.effect("is told for each kind of failure; what is refused for another reason is none", () =>
    logged((lines) =>
      Effect.gen(function* () {
        yield* failing
        const slow = yield* Effect.forkChild(Effect.exit(answered(Effect.never)), { startImmediately: true })
        yield* TestClock.adjust("5 seconds")
        yield* Fiber.join(slow)
        assert.strictEqual(lines.length, 2, lines.join("\n"))
        assert.include(lines[1]!, "no answer")
        yield* Effect.exit(answered(Effect.fail("not found")))
        assert.strictEqual(lines.length, 2)
      }),
    ),
  )
})
