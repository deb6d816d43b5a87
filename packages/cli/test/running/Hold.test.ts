import { assert, describe, it } from "@effect/vitest"
import { type ChildProcess, spawn } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach } from "vitest"
import type { Kind } from "../../src/running/Marker.ts"
import * as Marker from "../../src/running/Marker.ts"

const program = fileURLToPath(new URL("claimer.ts", import.meta.url))

interface Claimer {
  readonly child: ChildProcess
  readonly said: Promise<string>
  readonly ended: Promise<void>
}

describe("the claim on a data directory", { timeout: 120_000 }, () => {
  let parent = ""
  let started: Array<ChildProcess> = []
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "signalflow-claim-"))
    chmodSync(parent, 0o755)
    started = []
  })
  afterEach(() => {
    for (const child of started) child.kill("SIGKILL")
    rmSync(parent, { recursive: true, force: true })
  })

  const claim = (kind: Kind, directory: string): Claimer => {
    const child = spawn(process.execPath, [program, kind, directory], { stdio: ["pipe", "pipe", "inherit"] })
    started.push(child)
    return {
      child,
      said: new Promise((resolve) => createInterface({ input: child.stdout }).once("line", resolve)),
      ended: new Promise((resolve) => child.once("close", () => resolve())),
    }
  }
  const release = async ({ child, ended }: Claimer) => {
    child.stdin!.end()
    await ended
  }

  it("goes to exactly one of the programs that start at once, of whatever kind, and the others name it", async () => {
    for (let round = 0; round < 6; round++) {
      const directory = join(parent, `round ${round}`)
      const all = (["up", "demo", "up", "demo"] as const).map((kind) => claim(kind, directory))
      const said = await Promise.all(all.map((each) => each.said))
      const first = said.indexOf("claimed")
      assert.deepStrictEqual(
        said.map((line) => line === "claimed"),
        all.map((_, n) => n === first),
        said.join("\n"),
      )
      const others = said.filter((line) => line !== "claimed")
      for (const line of others) assert.include(line, `(pid ${all[first]!.child.pid}, `)
      for (const line of others) assert.match(line, /already runs on .*http:\/\/127\.0\.0\.1:8(080|123)/)
      await Promise.all(all.map(release))
    }
  })

  it("is written for its owner alone and gone at the end", async () => {
    const directory = join(parent, "data")
    const one = claim("demo", directory)
    assert.strictEqual(await one.said, "claimed")
    const marker = Marker.running(directory)
    assert.deepStrictEqual(
      [marker?.kind, marker?.pid, marker?.address, marker?.listening, marker?.settings["METRICS_PORT"]],
      ["demo", one.child.pid, "http://127.0.0.1:8123", true, "8124"],
    )
    assert.strictEqual(statSync(join(directory, "program.json")).mode & 0o777, 0o600)
    await release(one)
    assert.isUndefined(Marker.running(directory))
    assert.isFalse(existsSync(join(directory, "program.json")))
  })

  it("of a program that was killed is free at once, and its marker counts for nothing", async () => {
    const directory = join(parent, "data")
    const first = claim("up", directory)
    await first.said
    first.child.kill("SIGKILL")
    await first.ended
    assert.isTrue(existsSync(join(directory, "program.json")))
    assert.isUndefined(Marker.running(directory))
    const second = claim("up", directory)
    assert.strictEqual(await second.said, "claimed")
    assert.strictEqual(Marker.running(directory)?.pid, second.child.pid)
    await release(second)
  })

  it("is not what a marker says whose process id another program has today", () => {
    const marker = {
      kind: "up",
      pid: process.pid,
      address: "http://127.0.0.1:8080",
      listening: true,
      directory: parent,
      startedAt: new Date(0).toISOString(),
      database: "embedded",
      settings: {},
    } as const
    Marker.write(marker)
    assert.isUndefined(Marker.running(parent))
    writeFileSync(Marker.lockOf(parent), "")
    assert.isUndefined(Marker.running(parent))
    assert.isUndefined(Marker.running(join(parent, "absent")))
    assert.isFalse(existsSync(join(parent, "absent")))
  })

  it("is one whatever name the directory goes by", async () => {
    mkdirSync(join(parent, "real"))
    symlinkSync("real", join(parent, "link"))
    const one = claim("up", join(parent, "link"))
    assert.strictEqual(await one.said, "claimed")
    assert.include(await claim("up", `${join(parent, "real")}/`).said, "already runs on")
    assert.strictEqual(Marker.running(join(parent, "real"))?.pid, one.child.pid)
    await release(one)
  })

  it("is not lost to commands that look at it while it is taken", async () => {
    const directory = join(parent, "data")
    mkdirSync(directory)
    writeFileSync(Marker.lockOf(directory), "")
    let looking = true
    const look = () => {
      Marker.running(directory)
      if (looking) setImmediate(look)
    }
    look()
    for (let n = 0; n < 5; n++) {
      const one = claim("up", directory)
      assert.strictEqual(await one.said, "claimed")
      await release(one)
    }
    looking = false
  })
})
