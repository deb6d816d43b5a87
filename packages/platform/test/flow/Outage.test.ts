import { assert, describe, it } from "@effect/vitest"
import { Readiness } from "@signalflow/domain/Readiness"
import { Effect, Logger } from "effect"
import { outage } from "../../src/flow/Outage.ts"

const told = Effect.flatMap(Readiness, ({ all }) => all)

describe("an outage", () => {
  it.effect("is one log line when it begins and one when it ends, and stands in /ready with the latest reason", () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    return Effect.gen(function* () {
      const { failing, recovered } = yield* outage("bus", "down")
      yield* recovered
      yield* failing("no answer")
      yield* failing("refused")
      assert.deepInclude((yield* told)[0], { name: "bus", state: "down", why: "refused" })
      yield* recovered
      yield* recovered
      assert.deepInclude((yield* told)[0], { name: "bus", state: "ok", why: null })
      yield* failing("again")
      assert.deepStrictEqual(lines, ["bus: no answer; retrying", "bus: recovered", "bus: again; retrying"])
    }).pipe(Effect.provide([Readiness.layer, Logger.layer([logger])]))
  })

  it.effect("that is over without a recovery leaves /ready and says nothing", () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    return Effect.gen(function* () {
      const { failing, over } = yield* outage("bus", "degraded")
      yield* failing("no answer")
      yield* over
      assert.deepInclude((yield* told)[0], { name: "bus", state: "ok", why: null })
      assert.deepStrictEqual(lines, ["bus: no answer; retrying"])
    }).pipe(Effect.provide([Readiness.layer, Logger.layer([logger])]))
  })
})
