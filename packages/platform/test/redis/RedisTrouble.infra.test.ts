import { assert, it } from "@effect/vitest"
import type { VelocityCache } from "@signalflow/domain/VelocityCache"
import { Context, Effect, Exit, Layer, Logger, Scope } from "effect"
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import tls from "node:tls"
import { describe } from "vitest"
import { freePort } from "../../../../infra/test/ports.ts"
import { eventually, until } from "../../../domain/test/Received.ts"
import * as Redis from "../../src/redis/Redis.ts"
import { follow } from "./Following.ts"
import { ask, cacheOf, feedOf, kill, missing, redisAt, start, type States, testServer } from "./TestRedis.ts"

const seen = (at: number) => ({ at, score: 1, comments: null, textHash: "0123456789abcdef" })
const one = new Map([["a", seen(1)]])

const last = (states: States) => states.at(-1)?.[1]

/** Sets something and reads it again until that works. */
const works = (cache: VelocityCache["Service"], at: number) =>
  Effect.gen(function* () {
    while ((yield* cache.read(["works"])).get("works")?.at !== at) {
      yield* cache.advance(new Map([["works", seen(at)]]))
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 2)))
    }
  })

describe.skipIf(missing !== null)("Redis in trouble", () => {
  const test = it.live

  test("a refused password is named with its setting and never shown; a missing one is asked for", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const lines: Array<string> = []
      const logger = Logger.make((options) => void lines.push(String(options.message)))
      const states: States = []
      const refused = yield* Effect.provide(
        cacheOf({ url: `redis://:wrong-secret@127.0.0.1:${server.port}` }, states),
        Logger.layer([logger]),
      )
      assert.strictEqual((yield* refused.read(["a"])).size, 0)
      yield* until(() => lines.length > 0)
      const [name, state, why] = states[0]!
      assert.deepStrictEqual([name, state], ["redis velocity", "degraded"])
      assert.strictEqual(why, `Redis at 127.0.0.1:${server.port} refuses the password of REDIS_URL`)
      assert.notInclude(lines.join(), "wrong-secret")
      assert.lengthOf(lines, 1)

      const unsigned: States = []
      yield* cacheOf({ url: `redis://127.0.0.1:${server.port}` }, unsigned)
      yield* until(() => unsigned.length > 0)
      assert.include(unsigned[0]![2]!, "wants a password")
    }))

  test("one who is unavailable at the start is told of and found when it comes", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      yield* kill(server, "SIGKILL")
      const states: States = []
      const cache = yield* cacheOf(server, states)
      const feed = yield* feedOf(server, states)
      yield* until(() => states.length === 2)
      assert.deepStrictEqual(states.map(([name, state]) => `${name} ${state}`).toSorted(), [
        "redis live degraded",
        "redis velocity degraded",
      ])
      assert.isTrue(states.every(([, , why]) => why!.includes("ECONNREFUSED") && why!.includes(`127.0.0.1:${server.port}`)))
      assert.strictEqual((yield* Effect.flip(feed.publish([{ _tag: "Removed", id: "a" }])))._tag, "LiveFeedError")
      yield* start(server)
      yield* until(() => states.filter(([, state]) => state === "ok").length === 2)
      yield* works(cache, 5)
      yield* feed.publish([{ _tag: "Removed", id: "a" }])
    }))

  test("a server that is killed and comes back is used again; in between nothing is known and nothing waits", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const states: States = []
      const cache = yield* cacheOf(server, states)
      yield* works(cache, 1)
      for (let round = 2; round < 4; round++) {
        yield* kill(server, "SIGKILL")
        yield* until(() => last(states) === "degraded")
        for (let n = 0; n < 1_000; n++) {
          assert.strictEqual((yield* cache.read(["works"])).size, 0)
          yield* cache.advance(one)
          yield* cache.forget(["a"])
        }
        yield* start(server)
        yield* works(cache, round)
        yield* until(() => last(states) === "ok")
      }
      assert.deepStrictEqual(
        states.map(([, state]) => state).filter((state, n, all) => state !== all[n - 1]),
        ["ok", "degraded", "ok", "degraded", "ok"],
      )
    }))

  test("a server that hangs holds one batch, not each; it is used again when it goes on", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const states: States = []
      const cache = yield* cacheOf(server, states)
      yield* works(cache, 1)
      yield* kill(server, "SIGSTOP")
      // Far more than the time limit of this test holds, were each to wait.
      for (let n = 0; n < 500; n++) assert.strictEqual((yield* cache.read(["works"])).size, 0)
      yield* until(() => last(states) === "degraded")
      assert.include(states.at(-1)![2]!, "does not answer")
      yield* kill(server, "SIGCONT")
      yield* until(() => last(states) === "ok")
      assert.strictEqual((yield* cache.read(["works"])).get("works")?.at, 1)
    }))

  test("what is asked of a server that hangs is bounded; all of it fails when the connection is given up", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const { connect } = Context.get(yield* Layer.build(redisAt(server.url)), Redis.Redis)
      const connection = yield* connect("cache")
      yield* kill(server, "SIGSTOP")
      const answers = yield* Effect.forEach(
        Array.from({ length: 300 }, (_, n) => n),
        (n) => Effect.flip(connection.use((client) => client.set("k", n))),
        { concurrency: "unbounded" },
      )
      assert.lengthOf(
        answers.filter(({ message }) => message === "redis cache is too slow: 128 commands are under way"),
        300 - 128,
      )
      assert.lengthOf(
        answers.filter(({ message }) => message.endsWith("does not answer")),
        128,
      )
      yield* kill(server, "SIGCONT")
      yield* until(connection.isOpen)
      yield* connection.use((client) => client.set("k", "v"))
      assert.strictEqual(yield* ask(server, 1, "get", "k"), "v")
    }))

  test("a connection ends with its scope, also while it is unavailable", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const connections = Effect.map(ask(server, 0, "client", "list"), (list) => String(list).split("name=signalflow-").length - 1)
      const states: States = []
      const away = yield* Scope.make()
      yield* Effect.gen(function* () {
        yield* Effect.scoped(
          Effect.andThen(
            cacheOf(server),
            Effect.map(connections, (count) => assert.strictEqual(count, 1)),
          ),
        )
        yield* eventually(connections, (count) => count === 0)
        yield* Scope.provide(cacheOf(server, states), away)
        yield* kill(server, "SIGKILL")
        yield* until(() => last(states) === "degraded")
        yield* Scope.close(away, Exit.void)
        yield* start(server)
        // Another comes and goes meanwhile: the first would have been back.
        yield* works(yield* cacheOf(server), 1)
        assert.strictEqual(yield* connections, 1)
      })
    }))

  test("a server that accepts and says nothing, or is no Redis, is told of", () =>
    Effect.gen(function* () {
      const listen = (answer: string | null) =>
        Effect.acquireRelease(
          Effect.callback<ReturnType<typeof createServer>>((resume) => {
            const tcp = createServer((socket) => {
              socket.on("error", () => {})
              socket.on("data", () => (answer === null ? undefined : socket.end(answer)))
            })
            tcp.listen(0, "127.0.0.1", () => resume(Effect.succeed(tcp)))
          }),
          (tcp) => Effect.sync(() => void tcp.close()),
        )
      for (const [answer, expected] of [
        [null, "does not answer"],
        ["HTTP/1.1 400 Bad Request\r\n\r\n", "127.0.0.1"],
      ] as const) {
        const { port } = (yield* listen(answer)).address() as AddressInfo
        const states: States = []
        yield* cacheOf({ url: `redis://127.0.0.1:${port}` }, states)
        yield* until(() => states.length > 0)
        assert.strictEqual(states[0]![1], "degraded")
        assert.include(states[0]![2]!, expected)
      }
    }))

  test("without the database that it needs nothing is written into another", () =>
    Effect.gen(function* () {
      const server = yield* testServer({ databases: "1" })
      const states: States = []
      const feed = yield* feedOf(server, states)
      yield* until(() => states.length > 0)
      assert.include(states[0]![2]!, "DB index is out of range")
      assert.strictEqual((yield* Effect.flip(feed.publish([{ _tag: "Removed", id: "a" }])))._tag, "LiveFeedError")
      assert.deepStrictEqual(yield* ask(server, 0, "keys", "*"), [])
      assert.isTrue(states.every(([, state]) => state === "degraded"))
    }))

  test("a user who may do what the manual lists, and nothing else, is enough; one who may not is told", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const manual = readFileSync(new URL("../../../../docs/redis.md", import.meta.url), "utf8")
      const rights = /^ {4}(on >.*)$/m.exec(manual)![1]!.replace(">secret", ">s3cret")
      yield* ask(server, 0, "acl", "setuser", "signalflow", ...rights.split(" "))
      const states: States = []
      const url = server.url.replace(/:[^@]+@/, "://signalflow:s3cret@")
      yield* works(yield* cacheOf({ url }, states), 1)
      const feed = yield* feedOf({ url }, states)
      yield* feed.publish([{ _tag: "Removed", id: "a" }])
      assert.strictEqual((yield* feed.subscriber.position).offset, 1)
      yield* (yield* cacheOf({ url }, states)).forget(["works"])
      assert.deepStrictEqual(yield* ask(server, 0, "keys", "*"), [])
      assert.isTrue(states.every(([, state]) => state === "ok"))

      yield* ask(server, 0, "acl", "setuser", "signalflow", "-subscribe")
      const refused: States = []
      // Who only publishes needs no bell.
      yield* follow((yield* feedOf({ url }, refused)).subscriber)
      yield* until(() => refused.some(([, state, why]) => state === "degraded" && why!.includes("NOPERM")))
      yield* ask(server, 0, "acl", "setuser", "signalflow", "+subscribe")
      yield* until(() => last(refused) === "ok")
    }))

  test("a server that is full and evicts nothing is degraded, and well again when there is room", () =>
    Effect.gen(function* () {
      const server = yield* testServer({ "maxmemory-policy": "noeviction" })
      const states: States = []
      const cache = yield* cacheOf(server, states)
      yield* works(cache, 1)
      yield* ask(server, 0, "config", "set", "maxmemory", "1")
      yield* cache.advance(one)
      assert.strictEqual((yield* cache.read(["works"])).size, 1)
      yield* until(() => last(states) === "degraded")
      assert.include(states.at(-1)![2]!, "OOM")
      yield* ask(server, 0, "config", "set", "maxmemory", "0")
      yield* works(cache, 2)
      yield* until(() => last(states) === "ok")
    }))

  test("TLS: the server's certificate is checked, and a server without TLS is told of", () =>
    Effect.gen(function* () {
      const directory = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "signalflow-redis-tls-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true })),
      )
      const [key, certificate] = [join(directory, "key.pem"), join(directory, "certificate.pem")]
      const request = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=signalflow.test -addext subjectAltName=IP:127.0.0.1"
      execFileSync("openssl", [...request.split(" "), "-keyout", key, "-out", certificate], { stdio: "ignore" })
      const port = yield* Effect.promise(freePort)
      const files = { "tls-cert-file": certificate, "tls-key-file": key, "tls-ca-cert-file": certificate }
      const server = yield* testServer({ ...files, "tls-port": String(port), "tls-auth-clients": "no" })
      const over = (port: number) => ({ url: server.url.replace(/^redis(.*):\d+$/, `rediss$1:${port}`) })

      const [untrusted, plain, trusted]: [States, States, States] = [[], [], []]
      yield* cacheOf(over(port), untrusted)
      yield* cacheOf(over(server.port), plain)
      yield* until(() => untrusted.length > 0 && plain.length > 0)
      assert.match(untrusted[0]![2]!, /^The certificate of Redis at .* is not trusted: self-signed/)
      assert.include(plain[0]![2]!, "does it speak TLS, as rediss:// says?")

      yield* Effect.acquireRelease(
        Effect.sync(() => tls.getCACertificates()),
        (before) => Effect.sync(() => tls.setDefaultCACertificates(before)),
      )
      tls.setDefaultCACertificates([readFileSync(certificate, "utf8")])
      yield* works(yield* cacheOf(over(port), trusted), 1)
      yield* until(() => last(trusted) === "ok")
    }))
})
