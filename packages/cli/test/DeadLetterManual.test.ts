import { assert, describe, it } from "@effect/vitest"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import * as PgBus from "@signalflow/platform/postgres/bus/PgBus"
import { Settings } from "@signalflow/domain/settings/Settings"
import { Tokens } from "@signalflow/server/access/Tokens"
import { ensureFirstUser, FIRST_USER } from "@signalflow/server/access/Users"
import * as DeadLetterServer from "@signalflow/server/deadletters/DeadLetterServer"
import { Effect, Layer } from "effect"
import { spawnSync, execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import * as TestPostgres from "../../platform/test/TestPostgres.ts"
import { plant } from "../../server/test/deadletters/Letters.ts"
import { dlq } from "./DlqCommand.ts"

const manual = readFileSync(new URL("../../../docs/dead-letters.md", import.meta.url), "utf8")
const lines = [...manual.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block!.trim().split("\n"))
const commands = lines.filter((line) => line.startsWith("npx signalflow dlq "))
const calls = lines.filter((line) => line.startsWith("curl "))
const hasCurl = spawnSync("curl", ["--version"]).status === 0

/** The words of a line as a shell splits them. */
const words = (line: string) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!)

const Test = DeadLetterServer.layer.pipe(
  Layer.provideMerge(Tokens.layer),
  Layer.provideMerge(PgBus.layer()),
  Layer.provideMerge(Layer.mergeAll(TestPostgres.layer, Metrics.layerTest, Settings.layerWith({ DLQ_PORT: 0, RATE_LIMIT: 1_000 }))),
)

describe("docs/dead-letters.md", () => {
  it.live.skipIf(!hasCurl)("every command and call in it works as it stands", () =>
    Effect.gen(function* () {
      assert.strictEqual(commands.length + calls.length, lines.length)
      assert.isAtLeast(commands.length, 14)
      assert.isAtLeast(calls.length, 5)
      const { url } = yield* DeadLetterServer.DeadLetterAddress
      yield* ensureFirstUser
      const access = yield* (yield* Tokens).issue({ name: FIRST_USER, role: "admin" })
      const first = yield* plant({ offset: 1 })
      assert.strictEqual(first, 1)
      for (const call of calls) {
        const script = call.replace("http://127.0.0.1:8001", url).replace("curl -s ", "curl -sS --fail-with-body ")
        const outcome = yield* Effect.callback<{ failed: boolean; output: string }>((resume) => {
          execFile("bash", ["-euo", "pipefail", "-c", script], { env: { ...process.env, TOKEN: access } }, (error, out, err) =>
            resume(Effect.succeed({ failed: error !== null, output: out + err })),
          )
        })
        assert.isFalse(outcome.failed, `${call}: ${outcome.output}`)
      }
      yield* plant({ offset: 2 })
      for (const command of commands) {
        // Number 1 was replayed by now, which is what --force is for.
        const line = command === "npx signalflow dlq replay 1" ? command.replace("1", "2") : command
        const { code, err } = yield* dlq(...words(line).slice(3))
        assert.strictEqual(code, 0, `${line}: ${err}`)
      }
    }).pipe(Effect.provide(Test)),
  )
})
