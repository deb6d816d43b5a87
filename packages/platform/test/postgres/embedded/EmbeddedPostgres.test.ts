import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import { spawn } from "node:child_process"
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { type EmbeddedServer, make } from "../../../src/postgres/embedded/EmbeddedPostgres.ts"
import * as Postmaster from "../../../src/postgres/embedded/Postmaster.ts"
import { hold, kill, stop, temporary } from "./programs.ts"

const open = (directory: string) => make({ directory, database: "signalflow" })

const query = (server: EmbeddedServer, text: string) =>
  PgClient.makeClient(server).pipe(
    Effect.flatMap((sql) => sql.unsafe<Record<string, unknown>>(text)),
    Effect.scoped,
    Effect.provide(Reactivity.layer),
  )

const gone = (pid: number, data: string) =>
  Effect.promise(async () => {
    while (Postmaster.running(data)?.pid === pid) await new Promise((resolve) => setTimeout(resolve, 10))
  })

/** A program of the same user as the server, which has nothing to do with it. */
const bystander = (data: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const ids = process.getuid!() === 0 ? { uid: statSync(data).uid, gid: statSync(data).gid } : {}
      return spawn("/bin/sleep", ["600"], { ...ids, stdio: "ignore" }).pid!
    }),
    (pid) => Effect.sync(() => kill(pid, "SIGKILL")),
  )

describe("EmbeddedPostgres", { timeout: 120_000 }, () => {
  it.live("starts on an empty directory, keeps the data, starts again in under two seconds, and stops", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporary, ".signalflow")
      const first = yield* Effect.scoped(
        Effect.gen(function* () {
          const server = yield* open(directory)
          assert.isTrue(server.owned)
          assert.isNotNull(server.password)
          yield* query(server, "CREATE TABLE kept AS SELECT 'é 東京' AS word")
          return server
        }),
      )
      assert.isUndefined(Postmaster.running(first.data))
      const times: Array<number> = []
      for (let i = 0; i < 3; i++) {
        const began = performance.now()
        yield* Effect.scoped(
          Effect.gen(function* () {
            const server = yield* open(directory)
            times.push(performance.now() - began)
            assert.isTrue(server.owned)
            assert.deepStrictEqual(yield* query(server, "SELECT word, upper(word) AS u FROM kept"), [{ word: "é 東京", u: "É 東京" }])
          }),
        )
      }
      assert.isBelow(Math.min(...times), 2000, `starts took ${times.join(", ")} ms`)
      assert.isUndefined(Postmaster.running(first.data))
    }),
  )

  it.live("is reached by its private socket and its random password alone, and is durable", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporary, ".signalflow")
      const server = yield* open(directory)
      const [found] = yield* query(
        server,
        "SELECT current_setting('listen_addresses') AS tcp, current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit",
      )
      assert.deepStrictEqual(found, { tcp: "", fsync: "on", commit: "on" })
      assert.strictEqual(statSync(server.host).mode & 0o777, 0o700)
      assert.strictEqual(statSync(join(directory, "postgres.password")).mode & 0o777, 0o600)
      assert.notInclude(
        readFileSync(join(directory, "postgres.json"), "utf8"),
        readFileSync(join(directory, "postgres.password"), "utf8").trim(),
      )
      const stranger = yield* Effect.flip(query({ ...server, password: undefined as never }, "SELECT 1"))
      assert.strictEqual(stranger.reason._tag, "AuthenticationError")
    }),
  )

  it.live("two projects side by side have servers and data of their own", () =>
    Effect.gen(function* () {
      const parent = yield* temporary
      const a = yield* open(join(parent, "a"))
      const b = yield* open(join(parent, "b"))
      assert.notStrictEqual(a.pid, b.pid)
      yield* query(a, "CREATE TABLE mine (x int)")
      assert.deepStrictEqual(yield* query(b, "SELECT to_regclass('mine')::text AS found"), [{ found: null }])
    }),
  )

  it.live("takes the database that a program killed with -9 is still making through the server it left behind", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporary, ".signalflow")
      const server = yield* make({ directory, database: "large" })
      yield* query(server, "CREATE TABLE large AS SELECT repeat('x', 1000) FROM generate_series(1, 100000)")
      const all = { ...server, database: "postgres" }
      const left = yield* Effect.forkScoped(query(all, "CREATE DATABASE signalflow TEMPLATE large"))
      const making = query(all, "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'CREATE DATABASE%'")
      while ((yield* making).length === 0) yield* Effect.sleep("2 millis")
      const { database } = yield* open(directory)
      yield* Fiber.join(left)
      assert.deepStrictEqual(yield* query({ ...server, database }, "SELECT count(*)::int AS rows FROM large"), [{ rows: 100_000 }])
    }).pipe(Effect.scoped),
  )

  it.live("programs that start at once on an empty directory share one server, and only the last stops it", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporary, ".signalflow")
      const [a, b, c] = yield* Effect.all([hold([directory]), hold([directory]), hold([directory])], { concurrency: 3 })
      assert.strictEqual(a.answer.error, undefined)
      assert.strictEqual(a.answer.data, join(directory, "postgres", "data"))
      assert.deepStrictEqual([b.answer.pid, c.answer.pid], [a.answer.pid, a.answer.pid])
      assert.strictEqual([a, b, c].filter(({ answer }) => answer.owned).length, 1)
      for (const program of [a, b]) {
        assert.strictEqual(yield* stop(program), 0)
        assert.strictEqual(Postmaster.running(a.answer.data)?.pid, a.answer.pid)
      }
      assert.strictEqual(yield* stop(c), 0)
      assert.isUndefined(Postmaster.running(a.answer.data))
    }),
  )

  it.live("joins the server that a program killed with -9 left behind, and stops it at its own end", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporary, ".signalflow")
      const killed = yield* hold([directory])
      killed.child.kill("SIGKILL")
      yield* Effect.promise(() => killed.ended)
      assert.strictEqual(Postmaster.running(killed.answer.data)?.pid, killed.answer.pid)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const server = yield* open(directory)
          assert.isFalse(server.owned)
          assert.strictEqual(server.pid, killed.answer.pid)
          assert.deepStrictEqual(yield* query(server, "SELECT 1 AS x"), [{ x: 1 }])
        }),
      )
      assert.isUndefined(Postmaster.running(killed.answer.data))
    }),
  )

  it.live("recovers what was committed after program and server were both killed with -9", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporary, ".signalflow")
      yield* Effect.scoped(Effect.flatMap(open(directory), (server) => query(server, "CREATE TABLE kept (x int)")))
      const program = yield* hold([directory])
      yield* Effect.scoped(Effect.flatMap(open(directory), (server) => query(server, "INSERT INTO kept VALUES (42)")))
      program.child.kill("SIGKILL")
      kill(program.answer.pid, "SIGKILL")
      yield* Effect.promise(() => program.ended)
      const server = yield* open(directory)
      assert.isTrue(server.owned)
      assert.notStrictEqual(server.pid, program.answer.pid)
      assert.deepStrictEqual(yield* query(server, "SELECT x FROM kept"), [{ x: 42 }])
    }),
  )

  it.live("a stale lock whose pid now belongs to another program heals itself", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporary, ".signalflow")
      const program = yield* hold([directory])
      const { data, host, pid } = program.answer
      const files = [join(data, "postmaster.pid"), join(host, ".s.PGSQL.5432.lock")]
      program.child.kill("SIGKILL")
      kill(pid, "SIGKILL")
      yield* gone(pid, data)
      const other = yield* bystander(data)
      for (const file of files) writeFileSync(file, readFileSync(file, "utf8").replace(String(pid), String(other)))
      assert.isTrue((yield* open(directory)).owned)
    }),
  )

  it.live("a terminal's Ctrl-C reaches the program, not its server, which is stopped in order", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporary, ".signalflow")
      const program = yield* hold([directory], { detached: true })
      const keeper = yield* open(directory)
      process.kill(-program.child.pid!, "SIGINT")
      assert.strictEqual(yield* Effect.promise(() => program.ended), 0)
      assert.deepStrictEqual(yield* query(keeper, "SELECT 1 AS x"), [{ x: 1 }])
    }),
  )

  it.live("a server that this program cannot see is not started a second time on the same data", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporary, ".signalflow")
      const program = yield* hold([directory])
      const file = join(program.answer.data, "postmaster.pid")
      const told = readFileSync(file, "utf8")
      program.child.kill("SIGKILL")
      yield* Effect.promise(() => program.ended)
      writeFileSync(file, told.replace(String(program.answer.pid), String(process.pid)))
      assert.match((yield* Effect.flip(Effect.scoped(open(directory)))).message, /perhaps in another container/)
      writeFileSync(file, told)
      assert.isFalse((yield* open(directory)).owned)
    }),
  )

  it.live("the server's log is cut when it grows, and goes on", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporary, ".signalflow")
      yield* Effect.scoped(open(directory))
      const log = join(directory, "postgres.log")
      writeFileSync(log, "x".repeat(9 << 20))
      yield* Effect.scoped(open(directory))
      assert.isBelow(statSync(log).size, 1 << 20)
      assert.strictEqual(statSync(`${log}.1`).size, 9 << 20)
      assert.match(readFileSync(log, "utf8"), /ready to accept connections/)
    }),
  )

  it.live("a path too long for a socket gets its socket in the temporary directory", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporary, "d".repeat(60), "e".repeat(60), ".signalflow")
      yield* Effect.scoped(
        Effect.gen(function* () {
          const server = yield* open(directory)
          assert.isBelow(server.host.length, 90)
          assert.isFalse(server.host.startsWith(directory))
          assert.strictEqual(statSync(server.host).mode & 0o777, 0o700)
          yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(server.host, { recursive: true, force: true })))
        }),
      )
    }),
  )

  it.live("says what to do about a lost password, another version, a damaged directory", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporary, ".signalflow")
      const { data } = yield* Effect.scoped(open(directory))
      const failure = Effect.map(Effect.flip(Effect.scoped(open(directory))), ({ message }) => message)

      const password = readFileSync(join(directory, "postgres.password"))
      rmSync(join(directory, "postgres.password"))
      assert.match(yield* failure, /password.*restore it/s)
      writeFileSync(join(directory, "postgres.password"), "wrong")
      assert.match(yield* failure, /refuses this program: .*authentication/s)
      writeFileSync(join(directory, "postgres.password"), password)

      writeFileSync(join(data, "PG_VERSION"), "17\n")
      assert.match(yield* failure, /made by PostgreSQL 17 and the installed one is 18/)
      writeFileSync(join(data, "PG_VERSION"), "18\n")

      const control = join(data, "global", "pg_control")
      const intact = readFileSync(control)
      rmSync(control)
      assert.match(yield* failure, /did not start.*pg_control/s)
      writeFileSync(control, intact, { mode: 0o600 })
      const owner = statSync(dirname(control))
      yield* Effect.sync(() => chmodSync(data, 0o755))
      if (process.getuid!() === 0)
        yield* Effect.promise(() => import("node:fs/promises").then((fs) => fs.chown(control, owner.uid, owner.gid)))
      assert.isTrue((yield* open(directory)).owned)
    }),
  )
})
