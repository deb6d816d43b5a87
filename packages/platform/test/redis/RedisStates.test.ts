import { assert, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { reportStates } from "../../src/redis/RedisStates.ts"

it.effect("every change is handed on in order; each reason of one trouble is logged once, and that it is over", () =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const states: Array<string> = []
    const logger = Logger.make((options) => void lines.push(String(options.message)))
    yield* Effect.gen(function* () {
      const tell = yield* reportStates("redis velocity", (name, state, why) =>
        Effect.sync(() => void states.push(`${name} ${state} ${why}`)),
      )
      for (const state of [null, null, "a", "a", "b", "a", "b", null, "a"]) {
        tell(state)
        yield* Effect.yieldNow
      }
    }).pipe(Effect.scoped, Effect.provide(Logger.layer([logger])))
    assert.deepStrictEqual(
      states.map((state) => state.replace("redis velocity ", "")),
      ["ok undefined", "degraded a", "degraded b", "degraded a", "degraded b", "ok undefined", "degraded a"],
    )
    const failing = (why: string) => `redis velocity fails and is tried again: ${why}`
    assert.deepStrictEqual(lines, [failing("a"), failing("b"), "redis velocity has recovered", failing("a")])
  }),
)
