import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { LinkCodes } from "../src/accounts/LinkCodes.ts"
import { ServerAddress } from "../src/Server.ts"
import { layer } from "./TestServer.ts"

const manual = readFileSync(new URL("../../../docs/api.md", import.meta.url), "utf8")
const blocks = [...manual.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block!)
const hasCurl = spawnSync("curl", ["--version"]).status === 0

const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "signalflow-manual-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true })),
)

describe("docs/api.md", () => {
  it.live.skipIf(!hasCurl)("every command in it works as it stands", () =>
    Effect.gen(function* () {
      const { url } = yield* ServerAddress
      const { code } = yield* (yield* LinkCodes).issue()
      const cwd = yield* directory
      const script = blocks
        .join("\n")
        .replaceAll("http://127.0.0.1:8080", url)
        .replace("CODE='…'", `CODE='${code}'`)
        .replaceAll("curl -s ", "curl -sS --fail-with-body ")
      assert.isAtLeast(script.split("curl").length, 10)
      const outcome = yield* Effect.callback<{ failed: boolean; output: string }>((resume) => {
        execFile("bash", ["-euo", "pipefail", "-c", script], { cwd }, (error, stdout, stderr) =>
          resume(Effect.succeed({ failed: error !== null, output: stdout + stderr })),
        )
      })
      assert.isFalse(outcome.failed, outcome.output)
      assert.include(outcome.output, '"historyNeededHours":24')
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )
})
