import { assert, it } from "@effect/vitest"
import { Effect, type Layer, type Scope, Stream } from "effect"
import { LivePublisher, LiveSubscriber } from "../src/live/LiveFeed.ts"
import type { LiveMissed, LivePosition } from "../src/live/LivePosition.ts"
import type { LiveEntry, LiveItem } from "../src/live/LiveFrame.ts"
import { until } from "./Received.ts"

export const liveSignal = (id: string, title = "a title"): LiveItem => ({
  _tag: "Signal",
  signal: {
    id,
    platform: id.split(":")[0]!,
    kind: "story",
    parentId: null,
    community: null,
    author: "somebody",
    title,
    body: "",
    url: null,
    permalink: "https://example.org/",
    language: "en",
    score: 1,
    comments: null,
    views: null,
    publishedAt: "2026-01-01T00:00:00.000Z",
    observedAt: "2026-01-01T00:00:00.000Z",
    sentiment: null,
    topics: [],
    velocity: null,
    trending: { score: 0, isTrending: false },
    heat: 0,
  },
})

export const liveRemoved = (id: string): LiveItem => ({ _tag: "Removed", id })

const idOf = (item: LiveItem) => (item._tag === "Signal" ? item.signal.id : `-${item.id}`)

/** What a reader has seen: `id@offset`, `-id@offset` for a removal, `from..to` for what it missed. */
const follow = (resume?: LivePosition): Effect.Effect<Array<string>, never, LiveSubscriber | Scope.Scope> =>
  Effect.gen(function* () {
    const feed = yield* LiveSubscriber
    const seen: Array<string> = []
    const note = (chunk: ReadonlyArray<LiveEntry> | LiveMissed) => {
      if ("_tag" in chunk) seen.push(`${chunk.from}..${chunk.to}`)
      else for (const entry of chunk) seen.push(`${idOf(entry.item)}@${entry.offset}`)
    }
    yield* feed.entries(resume).pipe(
      Stream.runForEach((chunk) => Effect.sync(() => note(chunk))),
      Effect.orDie,
      Effect.forkScoped({ startImmediately: true }),
    )
    return seen
  })

const publishIds = (...ids: ReadonlyArray<string>) =>
  Effect.flatMap(LivePublisher, ({ publish }) => publish(ids.map((id) => liveSignal(id))))

const numbered = (count: number, from = 1) => Array.from({ length: count }, (_, n) => `x:${from + n}`)

/** Publishes, and waits until a reader in this process has seen the last of it. */
const publishSeen = (items: ReadonlyArray<LiveItem>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const seen = yield* follow()
      yield* (yield* LivePublisher).publish(items)
      yield* until(() => seen.at(-1)?.startsWith(`${idOf(items.at(-1)!)}@`) === true)
    }),
  )

/** The contract of every live feed; each test provides the layer anew. `history` is how many entries it keeps at least, `most` at most. */
export const suite = <E>(
  name: string,
  layer: Layer.Layer<LivePublisher | LiveSubscriber, E>,
  { history, most }: { readonly history: number; readonly most: number },
) => {
  const test = <A, E2>(behaviour: string, body: Effect.Effect<A, E2, LivePublisher | LiveSubscriber | Scope.Scope>) =>
    it.live(`LiveFeed (${name}) ${behaviour}`, () => Effect.provide(Effect.scoped(body), layer))
  const position = Effect.flatMap(LiveSubscriber, (feed) => feed.position)

  test(
    "numbers entries without a gap within one epoch, and gives them to every reader from now on",
    Effect.gen(function* () {
      const start = yield* position
      yield* publishIds("x:0")
      const readers = [yield* follow(), yield* follow()]
      yield* publishIds("x:1", "x:2")
      yield* publishIds()
      yield* publishIds("x:3")
      yield* until(() => readers.every((seen) => seen.length >= 3))
      const o = start.offset
      for (const seen of readers) assert.deepStrictEqual(seen, [`x:1@${o + 2}`, `x:2@${o + 3}`, `x:3@${o + 4}`])
      assert.deepStrictEqual(yield* position, { epoch: start.epoch, offset: o + 4 })
    }),
  )

  test(
    "gives a reader that resumes what it has missed, then what comes, each once",
    Effect.gen(function* () {
      yield* publishIds("x:1", "x:2", "x:3")
      const at = yield* position
      yield* publishIds("x:4", "x:5")
      const seen = yield* follow(at)
      yield* publishIds("x:6")
      yield* until(() => seen.length >= 3)
      assert.deepStrictEqual(seen, [`x:4@${at.offset + 1}`, `x:5@${at.offset + 2}`, `x:6@${at.offset + 3}`])
    }),
  )

  test(
    "tells a reader what is not kept any more, and gives it the rest",
    Effect.gen(function* () {
      const start = yield* position
      for (let sent = 0; sent < most + 1_000; sent += 1_000) yield* publishIds(...numbered(1_000, sent + 1))
      yield* publishSeen([liveSignal("x:end")])
      const end = yield* position
      const seen = yield* follow(start)
      yield* until(() => seen.at(-1)?.endsWith(`@${end.offset}`) === true)
      const [missed, ...rest] = seen
      const [from, to] = missed!.split("..").map(Number)
      assert.strictEqual(from, start.offset + 1)
      assert.strictEqual(rest.length, end.offset - to!)
      assert.isAtLeast(rest.length, history)
      assert.isAtMost(rest.length, most)
      assert.isTrue(rest.every((entry, n) => entry.endsWith(`@${to! + 1 + n}`)))
    }),
  )

  test(
    "tells a reader of another epoch that it missed something, and gives it the history",
    Effect.gen(function* () {
      yield* publishIds("x:1", "x:2")
      const at = yield* position
      const seen = yield* follow({ epoch: "of another life", offset: 1_000_000 })
      yield* until(() => seen.length >= 3)
      assert.deepStrictEqual(seen, [`0..${at.offset - 2}`, `x:1@${at.offset - 1}`, `x:2@${at.offset}`])
    }),
  )

  test(
    "takes a position from the future or below zero for the nearest that exists",
    Effect.gen(function* () {
      yield* publishIds("x:1")
      const at = yield* position
      const [future, below] = [yield* follow({ ...at, offset: at.offset + 50 }), yield* follow({ ...at, offset: -50 })]
      yield* publishIds("x:2")
      yield* until(() => future.length >= 1 && below.at(-1) === `x:2@${at.offset + 1}`)
      assert.deepStrictEqual(future, [`x:2@${at.offset + 1}`])
    }),
  )

  test(
    "keeps no text of what was removed, and says so instead",
    Effect.gen(function* () {
      const start = yield* position
      yield* publishSeen([liveSignal("x:1", "secret words"), liveSignal("x:2"), liveSignal("x:1", "secret words, edited")])
      yield* publishSeen([liveRemoved("x:1")])
      const seen = yield* follow(start)
      yield* until(() => seen.length >= 2)
      assert.deepStrictEqual(seen, [`x:2@${start.offset + 2}`, `-x:1@${start.offset + 4}`])
      const again = yield* follow(yield* position)
      yield* publishIds("x:3")
      yield* until(() => again.length >= 1)
      assert.deepStrictEqual(again, [`x:3@${start.offset + 5}`])
    }),
  )

  test(
    "removes within one batch what stands before the removal, and keeps what comes after it",
    Effect.gen(function* () {
      const start = yield* position
      yield* publishSeen([liveSignal("x:1", "old"), liveSignal("x:2"), liveRemoved("x:1"), liveSignal("x:1", "restored")])
      yield* publishSeen([liveRemoved("never seen"), liveRemoved("x:2")])
      const o = start.offset
      const seen = yield* follow(start)
      yield* until(() => seen.length >= 4)
      assert.deepStrictEqual(seen, [`-x:1@${o + 3}`, `x:1@${o + 4}`, `-never seen@${o + 5}`, `-x:2@${o + 6}`])
      yield* publishSeen([liveRemoved("x:1")])
      const again = yield* follow(start)
      yield* until(() => again.length >= 4)
      assert.deepStrictEqual(again, [`-x:1@${o + 3}`, `-never seen@${o + 5}`, `-x:2@${o + 6}`, `-x:1@${o + 7}`])
    }),
  )

  test(
    "gives what is published at the same time one order, the same for all, with the items of a batch together",
    Effect.gen(function* () {
      const start = yield* position
      const readers = [yield* follow(), yield* follow(start), yield* follow()]
      yield* Effect.forEach(
        Array.from({ length: 50 }, (_, n) => n),
        (n) => publishIds(`x:${n}a`, `x:${n}b`, `x:${n}c`),
        { concurrency: "unbounded", discard: true },
      )
      yield* until(() => readers.every((seen) => seen.length >= 150))
      const [seen] = readers
      for (const other of readers) assert.deepStrictEqual(other, seen)
      const ids = seen!.map((entry, n) => {
        const [id, offset] = entry.split("@")
        assert.strictEqual(Number(offset), start.offset + 1 + n)
        return id!
      })
      for (let n = 0; n < 150; n += 3)
        assert.deepStrictEqual(
          ids.slice(n, n + 3),
          ["a", "b", "c"].map((one) => ids[n]!.slice(0, -1) + one),
        )
      assert.strictEqual(new Set(ids).size, 150)
    }),
  )

  test(
    "takes any text and id for what it is",
    Effect.gen(function* () {
      const start = yield* position
      const odd = ['x:"quoted"\\', "x:line\nbreak\r\n", "x: spaces ", "x:ключ🔑\u2028", "x:+1", "x:-1", "x:" + "long".repeat(500), "x:"]
      const text = 'words\n+"x:1"\n{"_tag":"Signal"}\u2029 😀 \u0001'
      const items = odd.map((id) => liveSignal(id, text))
      yield* publishSeen(items)
      const kept = yield* (yield* LiveSubscriber).entries(start).pipe(Stream.take(1), Stream.runCollect, Effect.orDie)
      assert.deepStrictEqual(
        kept.flatMap((chunk) => ("_tag" in chunk ? [] : chunk.map(({ item }) => item))),
        items,
      )
      yield* publishSeen(odd.slice(1).map(liveRemoved))
      const seen = yield* follow(start)
      yield* until(() => seen.length >= odd.length)
      assert.deepStrictEqual(
        seen,
        [`${odd[0]}@${start.offset + 1}`].concat(odd.slice(1).map((id, n) => `-${id}@${start.offset + 1 + odd.length + n}`)),
      )
    }),
  )

  test(
    "does not let a slow reader hold the writer or other readers: it is told what it lost, and loses nothing silently",
    Effect.gen(function* () {
      const feed = yield* LiveSubscriber
      const start = yield* position
      let go = () => {}
      const stuck = new Promise<void>((resolve) => (go = resolve))
      const seen: Array<{ readonly from: number; readonly to: number; readonly missed: boolean }> = []
      yield* feed.entries().pipe(
        Stream.runForEach((chunk) => {
          if ("_tag" in chunk) seen.push({ from: chunk.from, to: chunk.to, missed: true })
          else seen.push({ from: chunk[0]!.offset, to: chunk.at(-1)!.offset, missed: false })
          return seen.length === 1 ? Effect.promise(() => stuck) : Effect.void
        }),
        Effect.orDie,
        Effect.forkScoped({ startImmediately: true }),
      )
      const quick = yield* follow()
      yield* publishIds("x:0")
      yield* until(() => seen.length === 1)
      for (let n = 1; n <= most; n++) yield* publishIds(`x:${n}`)
      const end = yield* position
      assert.strictEqual(end.offset, start.offset + most + 1)
      yield* until(() => quick.at(-1) === `x:${most}@${end.offset}`)
      go()
      yield* until(() => seen.at(-1)?.to === end.offset)
      assert.isTrue(seen.some(({ missed }) => missed))
      assert.isTrue(seen.every(({ from }, n) => n === 0 || from === seen[n - 1]!.to + 1))
    }),
  )
}
