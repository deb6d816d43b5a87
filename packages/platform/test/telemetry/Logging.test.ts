import { assert, describe, it } from "@effect/vitest"
import { Data, Effect, Redacted } from "effect"
import * as Logging from "../../src/telemetry/Logging.ts"

class StoreError extends Data.TaggedError("StoreError")<{ readonly message: string; readonly cause?: unknown }> {}

const logged = (effect: Effect.Effect<unknown>, options: Partial<Logging.LoggingOptions> = {}) => {
  const lines: Array<string> = []
  const layer = Logging.layer({ level: "info", format: "json", colours: false, write: (line) => lines.push(line), ...options })
  return Effect.as(Effect.provide(effect, layer), lines)
}

const objects = (lines: ReadonlyArray<string>) => lines.map((line) => JSON.parse(line) as Record<string, unknown>)

describe("Logging", () => {
  it.effect("json lines carry time, level, message, annotations and spans", () =>
    Effect.gen(function* () {
      const lines = yield* logged(
        Effect.logWarning("two", "parts", { n: 1 }).pipe(
          Effect.annotateLogs({ platform: "hackernews", limit: 3 }),
          Effect.withLogSpan("flush"),
        ),
      )
      assert.deepStrictEqual(objects(lines), [
        {
          time: "1970-01-01T00:00:00.000Z",
          level: "warn",
          message: 'two parts {"n":1}',
          spans: { flush: 0 },
          annotations: { platform: "hackernews", limit: "3" },
        },
      ])
    }),
  )

  it.effect("lines below the level are not written", () =>
    Effect.gen(function* () {
      const all = Effect.all([Effect.logDebug("d"), Effect.logInfo("i"), Effect.logError("e")])
      assert.lengthOf(yield* logged(all), 2)
      assert.lengthOf(yield* logged(all, { level: "error" }), 1)
      assert.lengthOf(yield* logged(all, { level: "trace" }), 3)
      assert.lengthOf(yield* logged(all, { level: "none" }), 0)
    }),
  )

  it.effect("secrets are not written, as values, in URLs or in headers", () =>
    Effect.gen(function* () {
      const secret = "hunter2hunter2"
      const lines = yield* logged(
        Effect.logInfo("connect", Redacted.make(secret), { password: Redacted.make(secret) }).pipe(
          Effect.andThen(Effect.logInfo(`cannot reach postgresql://flow:${secret}@db.example:5432/x`)),
          Effect.andThen(Effect.logError("refused", new StoreError({ message: `Authorization: Bearer ${secret}` }))),
          Effect.annotateLogs({ token: Redacted.make(secret) }),
        ),
      )
      assert.lengthOf(lines, 3)
      assert.notInclude(lines.join("\n"), secret)
      assert.include(lines.join("\n"), "flow:***@db.example")
    }),
  )

  it.effect("an error is its messages down to the first cause; only a defect shows a stack", () =>
    Effect.gen(function* () {
      const failing = Effect.fail(new StoreError({ message: "the batch was not written", cause: new Error("connection reset") }))
      const [failure] = objects(yield* logged(Effect.catchCause(failing, (cause) => Effect.logError("pipeline", cause))))
      assert.strictEqual(failure!.error, "StoreError: the batch was not written\ncaused by Error: connection reset")
      const [defect] = objects(
        yield* logged(Effect.catchCause(Effect.die(new TypeError("x is not a function")), (cause) => Effect.logError("pipeline", cause))),
      )
      assert.match(String(defect!.error), /^TypeError: x is not a function\n\s+at /)
    }),
  )

  it.effect("a long message and a long error are cut", () =>
    Effect.gen(function* () {
      const [line] = objects(
        yield* logged(Effect.catchCause(Effect.fail(new Error("e".repeat(50_000))), (cause) => Effect.logError("m".repeat(50_000), cause))),
      )
      assert.isBelow(String(line!.message).length, 4_100)
      assert.match(String(line!.message), /… \(50000 characters\)$/)
      assert.isBelow(String(line!.error).length, 4_100)
    }),
  )

  it.effect("a pretty line is one line, and text from outside can neither steer the terminal nor fake a line", () =>
    Effect.gen(function* () {
      const lines = yield* logged(
        Effect.logInfo("title \u001b[2J\u0007 and\n12:00:00 ERROR forged \u202Etxt").pipe(Effect.annotateLogs({ platform: "hackernews" })),
        { format: "pretty" },
      )
      assert.lengthOf(lines, 1)
      assert.match(
        lines[0]!,
        /^\d\d:\d\d:\d\d info {2}title \\u001b\[2J\\u0007 and\n {4}12:00:00 ERROR forged \\u202etxt platform=hackernews$/,
      )
    }),
  )

  it.effect("a value that refers to itself, and one that throws, are logged all the same", () =>
    Effect.gen(function* () {
      const loop: Record<string, unknown> = { a: 1 }
      loop.self = loop
      const throwing = { toJSON: () => assert.fail("no JSON of me") }
      assert.lengthOf(yield* logged(Effect.logInfo("odd", loop, 10n, Symbol("s"), undefined, throwing)), 1)
    }),
  )
})
