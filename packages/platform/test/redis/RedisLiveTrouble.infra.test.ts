import { assert, it } from "@effect/vitest"
import { LIVE_HISTORY } from "@signalflow/domain/live/LiveFeed"
import type { LiveItem } from "@signalflow/domain/live/LiveFrame"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe } from "vitest"
import { type RedisServer } from "../../../../infra/test/redis.ts"
import { liveRemoved, liveSignal } from "../../../domain/test/LiveFeedSuite.ts"
import { eventually, until } from "../../../domain/test/Received.ts"
import { follow, idOf, isWhole, type Seen } from "./Following.ts"
import { HISTORY_BYTES } from "../../src/redis/LiveStore.ts"
import { ask, feedOf, kill, missing, start, type States, testServer } from "./TestRedis.ts"
import { wayTo } from "./Way.ts"

/** Publishes until it works, as the next batch would. */
const publishAgain = <E>(publish: (items: ReadonlyArray<LiveItem>) => Effect.Effect<void, E>, items: ReadonlyArray<LiveItem>) =>
  eventually(Effect.option(publish(items)), ({ _tag }) => _tag === "Some")

/** Everything that lies in the server, as it writes it to disk uncompressed. */
const dump = (server: RedisServer) =>
  Effect.gen(function* () {
    const [, directory] = (yield* ask(server, 0, "config", "get", "dir")) as [string, string]
    yield* ask(server, 0, "config", "set", "rdbcompression", "no")
    yield* ask(server, 0, "save")
    return readFileSync(join(directory, "dump.rdb")).toString("latin1")
  })

describe.skipIf(missing !== null)("The live feed in Redis, in trouble", () => {
  const test = it.live

  test("many publishers and many followers see one feed in one order, over one connection each", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const [first, second] = [yield* feedOf(server), yield* feedOf(server)]
      const followers = yield* Effect.forEach(
        Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? first : second)),
        ({ subscriber }) => follow(subscriber),
      )
      const send = ({ publish }: typeof first, name: string) =>
        Effect.forEach(
          Array.from({ length: 150 }, (_, n) => n),
          (n) => publish([liveSignal(`${name}:${2 * n}`), liveSignal(`${name}:${2 * n + 1}`)]),
          { discard: true },
        )
      yield* Effect.all([send(first, "a"), send(second, "b")], { concurrency: "unbounded" })
      yield* until(() => followers.every((seen) => seen.entries().length === 600))
      for (const seen of followers) assert.deepStrictEqual(seen.all, followers[0]!.all)
      assert.isTrue(isWhole(followers[0]!))
      for (const name of ["a", "b"]) {
        const own = followers[0]!.entries().filter(({ item }) => idOf(item).startsWith(name))
        assert.deepStrictEqual(
          own.map(({ item }) => idOf(item)),
          Array.from({ length: 300 }, (_, n) => `${name}:${n}`),
        )
      }
      const clients = String(yield* ask(server, 0, "client", "list"))
        .split("\n")
        .filter((line) => line.includes("name=signalflow-2"))
      assert.lengthOf(clients, 2)
    }))

  test("who only publishes does not read the feed; the first reader makes it follow", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const { publish, subscriber } = yield* feedOf(server)
      const reads = Effect.map(ask(server, 0, "info", "commandstats"), (stats) =>
        Number(/cmdstat_subscribe:calls=(\d+)/.exec(String(stats))?.[1] ?? 0),
      )
      yield* publish([liveSignal("x:1"), liveSignal("x:2")])
      const at = yield* subscriber.position
      assert.strictEqual(at.offset, 2)
      assert.strictEqual(yield* reads, 0)
      const readers = yield* Effect.forEach([{ ...at, offset: 0 }, { ...at, offset: 1 }, undefined], (resume) => follow(subscriber, resume))
      yield* publish([liveSignal("x:3")])
      yield* until(() => readers.every(({ lastId }) => lastId() === "x:3"))
      assert.deepStrictEqual(
        readers.map((seen) => seen.all.length),
        [3, 2, 1],
      )
      assert.strictEqual(yield* reads, 1)
    }))

  test("a server that loses its data begins another epoch, and everyone is told, publishing or not", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const { publish, subscriber } = yield* feedOf(server)
      const other = yield* feedOf(server)
      const [seen, elsewhere] = [yield* follow(subscriber), yield* follow(other.subscriber)]
      const both = (look: (seen: Seen) => boolean) => until(() => look(seen) && look(elsewhere))
      yield* publish([liveSignal("x:1")])
      yield* both(({ lastId }) => lastId() === "x:1")
      const before = yield* subscriber.position
      yield* kill(server, "SIGKILL")
      yield* start(server)
      yield* both(({ gaps }) => gaps().length === 1)
      assert.notStrictEqual(seen.gaps()[0]!.epoch, before.epoch)
      assert.deepStrictEqual(seen.gaps(), elsewhere.gaps())
      yield* publishAgain(publish, [liveSignal("x:2")])
      yield* both(({ lastId }) => lastId() === "x:2")
      // Evicted: the key alone is gone.
      yield* ask(server, 2, "del", "live:feed")
      yield* both(({ gaps }) => gaps().length === 2)
      yield* publish([liveSignal("x:3")])
      yield* both(({ lastId }) => lastId() === "x:3")
      assert.strictEqual(new Set(seen.all.map(({ epoch }) => epoch)).size, 3)
      assert.isTrue(isWhole(seen) && isWhole(elsewhere))
      const late = yield* follow(subscriber, before)
      yield* until(() => late.lastId() === "x:3")
      assert.deepStrictEqual(
        late.gaps().map(({ from, to }) => [from, to]),
        [[0, 0]],
      )
    }))

  test("a snapshot is not taken for the feed: what it holds may have been removed since, and its offsets given again", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const { publish, subscriber } = yield* feedOf(server)
      yield* publish([liveSignal("x:1", "secret words"), liveSignal("x:2")])
      const before = yield* subscriber.position
      yield* ask(server, 0, "save")
      yield* publish([liveRemoved("x:1"), liveSignal("x:3")])
      yield* kill(server, "SIGKILL")
      yield* start(server)
      // Nobody publishes or reads.
      yield* eventually(ask(server, 2, "hget", "live:feed", "epoch"), (epoch) => epoch !== before.epoch)
      assert.deepStrictEqual(yield* ask(server, 2, "hmget", "live:feed", "offset", "floor"), ["0", "1"])
      assert.notInclude(yield* dump(server), "secret words")
    }))

  test("of a removed signal no text is left in the server, also where the removal came while it was unavailable", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const states: States = []
      const { publish, subscriber } = yield* feedOf(server, states)
      const seen = yield* follow(subscriber)
      const items = Array.from({ length: 300 }, (_, n) => liveSignal(`x:${n % 30}`, `secret words ${n % 3}`))
      yield* publish(items)
      assert.include(yield* dump(server), "secret words 1")
      yield* publish(Array.from({ length: 10 }, (_, n) => liveRemoved(`x:${n * 3 + 1}`)))
      const after = yield* dump(server)
      assert.notInclude(after, "secret words 1")
      assert.include(after, "secret words 2")

      yield* kill(server, "SIGSTOP")
      const removals = Array.from({ length: 10 }, (_, n) => liveRemoved(`x:${n * 3 + 2}`))
      for (const removal of removals) assert.strictEqual((yield* Effect.flip(publish([removal])))._tag, "LiveFeedError")
      yield* kill(server, "SIGCONT")
      yield* until(() =>
        removals.every(({ _tag, ...rest }) =>
          seen.entries().some(({ item }) => item._tag === _tag && idOf(item) === idOf({ _tag, ...rest } as LiveItem)),
        ),
      )
      const last = yield* dump(server)
      assert.notInclude(last, "secret words 2")
      assert.include(last, "secret words 0")
    }))

  test("a removal finds what is left of a signal whose older entries are not kept any more", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const { publish } = yield* feedOf(server)
      const others = (count: number) => Array.from({ length: count }, (_, n) => liveSignal(`y:${n}`))
      yield* publish([
        liveSignal("x:1", "secret words 1"),
        ...others(500),
        liveSignal("x:1", "secret words 2"),
        liveSignal("x:1", "secret words 3"),
      ])
      yield* publish(others(LIVE_HISTORY - 100))
      assert.strictEqual(yield* ask(server, 2, "hget", "live:feed", 'o"x:1"'), "502 503")
      assert.notInclude(yield* dump(server), "secret words 1")
      yield* publish([liveRemoved("x:1")])
      assert.notInclude(yield* dump(server), "secret words")
    }))

  test("no text gets into the server's slow log", () =>
    Effect.gen(function* () {
      const server = yield* testServer({ "slowlog-log-slower-than": "0", "slowlog-max-len": "10000" })
      const { publish, subscriber } = yield* feedOf(server)
      const seen = yield* follow(subscriber)
      for (const count of [1, 20, 400]) {
        yield* publish(Array.from({ length: count }, (_, n) => liveSignal(`x:${count}-${n}`, "secret words")))
        yield* until(() => seen.lastId() === `x:${count}-${count - 1}`)
      }
      const log = JSON.stringify(yield* ask(server, 0, "slowlog", "get", "-1"))
      assert.match(log, /evalsha/i)
      for (const part of ["secret", "author", "platform"]) assert.notInclude(log, part)
    }))

  test("too many removals to remember while it was unavailable drop the whole history", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const { publish, subscriber } = yield* feedOf(server)
      yield* publish([liveSignal("x:1", "secret words")])
      const before = yield* subscriber.position
      yield* kill(server, "SIGSTOP")
      yield* Effect.flip(publish([liveRemoved("x:1")]))
      yield* Effect.flip(publish(Array.from({ length: 10_000 }, (_, n) => liveRemoved(`y:${n}`))))
      yield* kill(server, "SIGCONT")
      yield* eventually(subscriber.position, ({ epoch }) => epoch !== before.epoch)
      assert.notInclude(yield* dump(server), "secret words")
    }))

  test("the history is bounded by its bytes too: of long texts fewer are kept", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const { publish, subscriber } = yield* feedOf(server)
      const seen = yield* follow(subscriber)
      const text = "ж".repeat(20_000)
      for (let batch = 0; batch < 30; batch++) yield* publish(Array.from({ length: 30 }, (_, n) => liveSignal(`x:${batch}-${n}`, text)))
      yield* until(() => seen.lastId() === "x:29-29")
      assert.isTrue(isWhole(seen))
      const [offset, floor, bytes] = (yield* ask(server, 2, "hmget", "live:feed", "offset", "floor", "bytes")) as Array<string>
      assert.strictEqual(offset, "900")
      const kept = 900 - Number(floor) + 1
      assert.isAbove(kept, 700)
      assert.isBelow(kept, 850)
      assert.isAtMost(Number(bytes), HISTORY_BYTES)
      assert.strictEqual(yield* ask(server, 2, "hlen", "live:feed"), 5 + 2 * kept)
      yield* publish(Array.from({ length: 20 }, (_, n) => liveRemoved(`x:29-${n}`)))
      const all = Object.entries((yield* ask(server, 2, "hgetall", "live:feed")) as Record<string, string>)
      const sizes = all.flatMap(([field, value]) => (/^e\d+$/.test(field) ? [Buffer.byteLength(value)] : []))
      assert.strictEqual(yield* ask(server, 2, "hget", "live:feed", "bytes"), String(sizes.reduce((sum, size) => sum + size)))
      assert.isAtLeast(sizes.length, kept)

      const late = yield* follow((yield* feedOf(server)).subscriber, { epoch: (yield* subscriber.position).epoch, offset: 0 })
      yield* until(() => late.lastId() === "-x:29-19")
      assert.deepStrictEqual(
        late.gaps().map(({ from, to }) => [from, to]),
        [[1, Number(floor) - 1]],
      )
      assert.lengthOf(late.entries(), sizes.length)
    }))

  test("a server that buffers little for a subscriber is read in smaller pages", () =>
    Effect.gen(function* () {
      const server = yield* testServer({ "client-output-buffer-limit": "pubsub 3mb 3mb 1" })
      const { publish, subscriber } = yield* feedOf(server)
      const start = yield* subscriber.position
      const text = "ж".repeat(20_000)
      for (let batch = 0; batch < 10; batch++) yield* publish(Array.from({ length: 50 }, (_, n) => liveSignal(`x:${batch}-${n}`, text)))
      const seen = yield* follow((yield* feedOf(server)).subscriber, start)
      yield* until(() => seen.lastId() === "x:9-49")
      assert.isTrue(isWhole(seen))
      assert.lengthOf(seen.entries(), 500)
    }))

  test("a follower that was cut off catches up from history, or is told what is not kept any more", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const way = yield* wayTo(server)
      const { publish } = yield* feedOf(server)
      const { subscriber } = yield* feedOf(way)
      const seen = yield* follow(subscriber)
      const send = (from: number, to: number) => publish(Array.from({ length: to - from + 1 }, (_, n) => liveSignal(`x:${from + n}`)))
      yield* send(1, 10)
      yield* until(() => seen.lastId() === "x:10")
      way.cut()
      yield* send(11, 1_200)
      way.mend()
      yield* until(() => seen.lastId() === "x:1200")
      assert.deepStrictEqual(seen.gaps(), [])
      assert.lengthOf(seen.entries(), 1_200)
      way.cut()
      for (let from = 1_201; from < 1_201 + LIVE_HISTORY * 2; from += 1_000) yield* send(from, from + 999)
      way.mend()
      yield* send(20_000, 20_000)
      yield* until(() => seen.lastId() === "x:20000")
      assert.lengthOf(seen.gaps(), 1)
      assert.isTrue(isWhole(seen))
      assert.isAtLeast(seen.entries().length, 1_200 + LIVE_HISTORY)
    }))

  test("connections that break all the time lose nothing of what was published", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const { publish } = yield* feedOf(server)
      const { subscriber } = yield* feedOf(server)
      const seen = yield* follow(subscriber)
      let published = 0
      for (let n = 0; n < 60; n++) {
        const worked = yield* Effect.option(publish(Array.from({ length: 10 }, (_, k) => liveSignal(`x:${n}-${k}`))))
        if (worked._tag === "Some") published += 10
        if (n % 6 === 5) yield* ask(server, 0, "client", "kill", "type", n % 12 === 5 ? "pubsub" : "normal")
      }
      yield* publishAgain(publish, [liveSignal("x:last")])
      yield* until(() => seen.lastId() === "x:last")
      assert.isTrue(isWhole(seen))
      assert.deepStrictEqual(seen.gaps(), [])
      assert.isAtLeast(seen.entries().length, published + 1)
    }))

  test("what others have put under its key is replaced or left out, and told", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const { publish, subscriber } = yield* feedOf(server)
      const seen = yield* follow(subscriber)
      yield* publish([liveSignal("x:1")])
      yield* until(() => seen.lastId() === "x:1")
      yield* ask(server, 2, "set", "live:feed", "something else")
      yield* publish([liveSignal("x:2")])
      yield* until(() => seen.lastId() === "x:2")
      assert.lengthOf(seen.gaps(), 1)
      // The next offset is 2: whatever lies there is written over; 3 and 4 are spoilt before they are read elsewhere.
      yield* publish([liveSignal("x:3"), liveSignal("x:4"), liveSignal("x:5"), liveSignal("x:6")])
      yield* ask(server, 2, "hset", "live:feed", "e3", '{"_tag":"Signal","signal":{"id":1}}', "e4", "no json")
      const { subscriber: fresh } = yield* feedOf(server)
      const position = yield* fresh.position
      const late = yield* follow(fresh, { ...position, offset: 1 })
      yield* until(() => late.lastId() === "x:6")
      assert.deepStrictEqual(
        late.entries().map(({ item }) => idOf(item)),
        ["x:3", "x:6"],
      )
      yield* ask(server, 2, "hset", "live:feed", "offset", "many")
      yield* until(() => seen.gaps().length === 2)
      yield* publish([liveSignal("x:7")])
      yield* until(() => seen.lastId() === "x:7")
      // Turned back under its name: offsets would be given twice.
      yield* publish([liveSignal("x:8"), liveSignal("x:9")])
      yield* until(() => seen.lastId() === "x:9")
      yield* ask(server, 2, "hset", "live:feed", "offset", "1")
      yield* until(() => seen.gaps().length === 3)
      yield* publish([liveSignal("x:10")])
      yield* until(() => seen.lastId() === "x:10")
    }))
})
