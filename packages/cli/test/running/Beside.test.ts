import { assert, describe, it } from "@effect/vitest"
import { Settings } from "@signalflow/domain/settings/Settings"
import { ConfigProvider, Console, Effect, Layer } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { Beside, beside, type Which } from "../../src/running/Beside.ts"
import type { Kind } from "../../src/running/Marker.ts"
import { runCommand } from "../Command.ts"

const program = fileURLToPath(new URL("claimer.ts", import.meta.url))

const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "signalflow-beside-"))),
  (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true })),
)

/** A program of this kind that says where it listens, until the scope closes. */
const running = (kind: Kind, place: string, env: NodeJS.ProcessEnv = {}) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<ChildProcess>((resolve) => {
          const child = spawn(process.execPath, [program, kind, place], {
            stdio: ["pipe", "pipe", "inherit"],
            env: { ...process.env, ...env },
          })
          createInterface({ input: child.stdout }).once("line", () => resolve(child))
        }),
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL")),
  )

const NEITHER: Which = { demo: false, up: false }

/** What a command is told, and what it works on. */
const addressed = (place: string, given: Which = NEITHER, env: Record<string, string> = {}) => {
  const told: Array<string> = []
  return Effect.gen(function* () {
    const { DATA_DIR, PORT, POSTGRES_HOST } = yield* Settings
    return { ...(yield* Beside), DATA_DIR, PORT, POSTGRES_HOST, told }
  }).pipe(
    Effect.provide(beside("link", given)),
    Effect.provideService(Console.Console, { ...globalThis.console, error: (line: string) => told.push(line) }),
    Effect.provide(Layer.succeed(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: { DATA_DIR: place, ...env } }))),
  )
}

describe("a command beside a running program", { timeout: 60_000 }, () => {
  it.live("is for the demo where the demo alone runs, with its address and its directory", () =>
    Effect.gen(function* () {
      const place = yield* directory
      const demo = yield* running("demo", join(place, "demo"))
      const found = yield* addressed(place, NEITHER, { POSTGRES_HOST: "db.example.org", PORT: "9999" })
      assert.strictEqual(found.program?.pid, demo.pid)
      assert.deepStrictEqual([found.kind, found.DATA_DIR, found.PORT, found.POSTGRES_HOST], ["demo", join(place, "demo"), 8123, ""])
      assert.deepStrictEqual(found.told, [`signalflow: this is about the demo (pid ${demo.pid}, http://127.0.0.1:8123)`])
    }),
  )

  it.live('is for "signalflow up" where that alone runs, without a word', () =>
    Effect.gen(function* () {
      const place = yield* directory
      const up = yield* running("up", place)
      const found = yield* addressed(place)
      assert.deepStrictEqual([found.kind, found.program?.pid, found.PORT, found.told], ["up", up.pid, 8123, []])
    }),
  )

  it.live("asks for a choice where both run, and takes it", () =>
    Effect.gen(function* () {
      const place = yield* directory
      const up = yield* running("up", place)
      const demo = yield* running("demo", join(place, "demo"))
      const { message } = yield* Effect.flip(addressed(place))
      for (const { pid } of [up, demo]) assert.include(message, `(pid ${pid}, http://127.0.0.1:8123)`)
      assert.include(message, 'write "signalflow link --up" or "signalflow link --demo"')
      assert.strictEqual((yield* addressed(place, { demo: true, up: false })).program?.pid, demo.pid)
      assert.strictEqual((yield* addressed(place, { demo: false, up: true })).program?.pid, up.pid)
      assert.match((yield* Effect.flip(addressed(place, { demo: true, up: true }))).message, /write one of them/)
      const { code, err } = yield* Effect.promise(() => runCommand(["link"], { DATA_DIR: place, DATABASE_URL: "", POSTGRES_HOST: "" }))
      assert.strictEqual(code, 2)
      assert.strictEqual(err, `signalflow: ${message}\n`)
    }),
  )

  it.live("says that nothing runs, and works on the data of the one that would", () =>
    Effect.gen(function* () {
      const place = yield* directory
      const found = yield* addressed(place)
      assert.deepStrictEqual([found.kind, found.program, found.DATA_DIR], ["up", null, place])
      assert.deepStrictEqual(found.told, [`signalflow: nothing runs on ${place}; this is about the data that "signalflow up" keeps there`])
      assert.match((yield* Effect.flip(addressed(place, { demo: true, up: false }))).message, /No demo has run in .*npm run demo/)
    }),
  )

  it.live("refuses another database than the one that the program uses", () =>
    Effect.gen(function* () {
      const place = yield* directory
      const up = yield* running("up", place)
      const { message } = yield* Effect.flip(addressed(place, NEITHER, { DATABASE_URL: "postgresql://user:secret@db.example.org/flow" }))
      assert.match(message, new RegExp(`pid ${up.pid}\\) uses the embedded database, .* the PostgreSQL at db\\.example\\.org:5432/flow`))
      assert.notInclude(message, "secret")
    }),
  )
})

describe("signalflow status", { timeout: 60_000 }, () => {
  it.live("prints what runs and says by its exit code whether it serves", () =>
    Effect.gen(function* () {
      const place = yield* directory
      const nothing = yield* Effect.promise(() => runCommand(["status"], { DATA_DIR: place }))
      assert.strictEqual(nothing.code, 3)
      assert.match(nothing.out, /^Nothing runs on .* or .*demo\. Start one with "npm run up" or "npm run demo"\.\n$/)
      const demo = yield* running("demo", join(place, "demo"))
      const { code, out } = yield* Effect.promise(() => runCommand(["status", "--json"], { DATA_DIR: place }))
      assert.strictEqual(code, 1, "nothing answers at its address")
      const { running: list } = JSON.parse(out) as { running: ReadonlyArray<Record<string, unknown>> }
      assert.deepStrictEqual(
        list.map(({ kind, pid, address, state, sources }) => ({ kind, pid, address, state, sources })),
        [{ kind: "demo", pid: demo.pid, address: "http://127.0.0.1:8123", state: "silent", sources: null }],
      )
    }),
  )
})
