import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { join } from "node:path"
import * as Fresh from "../../platform/test/TestPostgres.ts"
import { runCommand } from "./Command.ts"
import { environment, ofDatabase } from "./Environment.ts"
import { directory } from "./RunningProgram.ts"

/** What is refused before any database is looked at: arguments, and what is said. */
const refused: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
  [["feed", "example.com/feed.xml"], /^signalflow: .*write https:\/\/example\.com\/feed\.xml\n$/],
  [["youtube", "nasa"], /^signalflow: .*write channel:@nasa /],
  [["hackernews", "top"], /^signalflow: .*by the target items;/],
  [["redit", "science"], /^signalflow: No source is called "redit": write reddit \(there are hackernews, .*\)\n$/],
  [["Reddit", "science"], /write reddit /],
  [["hn", "items"], /write hackernews /],
  [["rss", "https://example.com/f"], /write feed /],
  [["mastodon", "x"], /^signalflow: No source is called "mastodon": there are /],
  [["reddit", "science", "--interval", "0"], /^signalflow: --interval is "0": an interval must be between 1 second and 1 day /],
  [["reddit", "science", "--interval=-5"], /between 1 second and 1 day/],
  [["reddit", "science", "--interval", "86401"], /between 1 second and 1 day/],
  [["reddit", "science", "--interval", "5m"], /between 1 second and 1 day .*write it in seconds, such as --interval 300\n$/],
  [
    ["reddit", "science", "--tier", "fastest"],
    /^signalflow: --tier is "fastest": it may be fast \(30 s\), medium \(2 min\) or slow \(10 min\)\n$/,
  ],
  [["reddit", "science", "--options", "[1]"], /^signalflow: --options is "\[1\]": it must be a JSON object/],
  [["reddit", "science", "--options", '{"sort":"best"}'], /sort is "best": it may be one of new, hot, top, rising\n$/],
]

describe("source add, as a command", () => {
  it.live(
    "refuses what can never be read with exit code 2 and what to write, on one line and without a database",
    () =>
      Effect.gen(function* () {
        const env = environment(join(yield* directory, "data"), "http://127.0.0.1:9", 0)
        for (const [args, said] of refused) {
          const ended = yield* Effect.promise(() =>
            runCommand(["source", "add", ...args], { ...env, POSTGRES_URL: "postgres://127.0.0.1:1/none" }),
          )
          assert.strictEqual(ended.code, 2, `${args.join(" ")}: ${ended.err}`)
          assert.match(ended.err, said)
          assert.strictEqual(ended.err.trimEnd().split("\n").length, 1, ended.err)
          assert.notMatch(ended.err, /\["/)
        }
      }).pipe(Effect.scoped),
    120_000,
  )

  it.live(
    "refuses a target that is watched already, however it is spelt",
    () =>
      Effect.gen(function* () {
        const env = { ...environment(join(yield* directory, "data"), "http://127.0.0.1:9", 0), ...(yield* ofDatabase) }
        const run = (...args: ReadonlyArray<string>) => Effect.promise(() => runCommand(["source", ...args], env))
        assert.strictEqual((yield* run("add", "reddit", "LocalLLaMA")).code, 0)
        const again = yield* run("add", "reddit", "localllama", "--tier", "fast")
        assert.strictEqual(again.code, 2)
        assert.match(again.err, /reddit LocalLLaMA is watched already: "signalflow source set reddit LocalLLaMA" changes how/)
        yield* run("pause", "reddit", "LocalLLaMA")
        assert.match((yield* run("add", "reddit", "LocalLLaMA")).err, /it is paused, "signalflow source resume reddit LocalLLaMA" goes on/)
        assert.strictEqual((yield* run("set", "reddit", "LocalLLaMA", "--interval", "0")).code, 2)
        assert.match((yield* run("list")).out, /^reddit +LocalLLaMA +medium +paused$/m)
      }).pipe(Effect.scoped, Effect.provide(Fresh.layer)),
    120_000,
  )
})
