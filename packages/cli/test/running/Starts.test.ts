import { assert, describe, it } from "@effect/vitest"
import { type ChildProcess, spawn } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { afterEach, beforeEach } from "vitest"
import { command, runCommand } from "../Command.ts"
import { environment } from "../Environment.ts"

/** Nothing listens there: what sources say is of no matter here. */
const NOWHERE = "http://127.0.0.1:9"

interface Start {
  readonly child: ChildProcess
  /** The base of the printed link, or null when it ended before it printed one. */
  readonly base: Promise<string | null>
  readonly ended: Promise<{ readonly code: number | null; readonly err: string }>
}

describe("programs that start at once on one data directory", { timeout: 180_000 }, () => {
  let parent = ""
  let started: Array<ChildProcess> = []
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "signalflow-starts-"))
    chmodSync(parent, 0o755)
    started = []
  })
  afterEach(() => {
    for (const child of started) if (child.exitCode === null) child.kill("SIGKILL")
    rmSync(parent, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  })

  const settings = (directory: string) => ({
    ...environment(directory, NOWHERE, 0),
    POSTGRES_HOST: "",
    KAFKA_BOOTSTRAP_SERVERS: "",
    REDIS_URL: "",
  })

  const start = (kind: "up" | "demo", directory: string): Start => {
    const child = spawn(process.execPath, [command, kind], { stdio: ["ignore", "pipe", "pipe"], env: settings(directory) })
    started.push(child)
    let err = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text))
    const ended = new Promise<{ code: number | null; err: string }>((resolve) => child.once("close", (code) => resolve({ code, err })))
    const base = new Promise<string | null>((resolve) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        const found = /(http:\/\/\S+)\/#code=/.exec(line)?.[1]
        if (found !== undefined) resolve(found)
      })
      void ended.then(() => resolve(null))
    })
    return { child, base, ended }
  }

  it("one runs, whatever its kind, and the others name it; a link made beside it signs in", async () => {
    const [data, inner] = [parent, join(parent, "demo")]
    const all = [start("up", inner), start("demo", data), start("up", inner)]
    const bases = await Promise.all(all.map(({ base }) => base))
    const first = bases.findIndex((base) => base !== null)
    assert.deepStrictEqual(
      bases.map((base) => base !== null),
      all.map((_, n) => n === first),
    )
    for (const other of all.filter((_, n) => n !== first)) {
      const { code, err } = await other.ended
      assert.strictEqual(code, 1)
      assert.match(err, new RegExp(`^signalflow: .* already runs on .*demo \\(pid ${all[first]!.child.pid}, [^\\n]*\\n$`))
    }

    const linked = await runCommand(["link", "--json"], settings(data))
    const { url, code } = JSON.parse(linked.out) as { url: string; code: string }
    assert.isTrue(url.startsWith(`${bases[first]}/#code=`), url)
    const answer = await fetch(`${bases[first]}/api/token/link`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code }),
    })
    assert.strictEqual(answer.status, 200)

    const status = await runCommand(["status", "--json"], settings(data))
    const [running] = (JSON.parse(status.out) as { running: ReadonlyArray<{ pid: number; address: string; state: string }> }).running
    assert.deepStrictEqual([running?.pid, running?.address], [all[first]!.child.pid, bases[first]])
    assert.notInclude(["starting", "silent"], running?.state)

    all[first]!.child.kill("SIGTERM")
    assert.strictEqual((await all[first]!.ended).code, 0)
    assert.strictEqual((await runCommand(["status"], settings(data))).code, 3)
  })
})
