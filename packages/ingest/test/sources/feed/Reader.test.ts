import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { makeReader, type ReaderOptions } from "../../../src/sources/feed/Reader.ts"
import { item, rss } from "./Site.ts"

const question = (text: string) => ({ text, host: "site.example", url: "https://site.example/feed" })

/** A thread that reads like the real one, and does what a text tells it to. */
const thread = (what: string) =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`
      import { parentPort } from "node:worker_threads"
      parentPort.on("message", ({ text }) => {
        if (text === "hostile") { ${what} }
        parentPort.postMessage({ document: { title: text, link: null, language: null, entries: [], tooMany: 0 } })
      })`)}`,
  )

const hostile = (what: string, more: ReaderOptions, expected: RegExp) =>
  Effect.gen(function* () {
    const reader = yield* makeReader({ thread: thread(what), ...more })
    // Asked at the same time, one behind the other: what is wrong with the first is not the second's trouble.
    const [first, second] = yield* Effect.all([Effect.flip(reader.read(question("hostile"))), reader.read(question("fine"))], {
      concurrency: "unbounded",
    })
    assert.strictEqual(first.reason, "malformed")
    assert.match(first.message, expected)
    assert.strictEqual(second.title, "fine")
  })

const until = (condition: () => boolean) =>
  Effect.promise(async () => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
  })

describe("the thread that reads feeds", () => {
  it.live("reads a document, and says what is wrong with one that is none", () =>
    Effect.gen(function* () {
      const reader = yield* makeReader()
      assert.isFalse(reader.isRunning())
      const document = yield* reader.read(question(rss(item(2) + item(1))))
      assert.deepStrictEqual(
        document.entries.map(({ title }) => title),
        ["Post 2", "Post 1"],
      )
      assert.isTrue(reader.isRunning())
      const error = yield* Effect.flip(reader.read(question("no feed")))
      assert.strictEqual(error.message, "site.example sent something that is neither RSS, Atom nor JSON Feed (7 characters)")
    }),
  )

  it.live("is ended by a document that takes too long, while the program goes on, and the next is read by another", () =>
    Effect.gen(function* () {
      let turns = 0
      const turning = setInterval(() => turns++, 10)
      yield* hostile("for (;;);", { deadlineMs: 300 }, /^site\.example sent a feed that takes more than 0\.3 s to read/)
      clearInterval(turning)
      assert.isAbove(turns, 5)
    }),
  )

  it.live("is ended by a document that takes too much memory", () =>
    hostile("const kept = []; for (;;) kept.push(new Array(10_000).fill(kept.length))", { heapMb: 32 }, /needs more than 32 MB of memory/),
  )

  it.live("is replaced when it fails or ends", () =>
    Effect.gen(function* () {
      yield* hostile("throw new Error('broken')", {}, /breaks what reads it: broken/)
      yield* hostile("process.exit(1)", {}, /ended the thread that reads it/)
    }),
  )

  it.live("ends when there is nothing to read, and starts again", () =>
    Effect.gen(function* () {
      const reader = yield* makeReader({ idleMs: 50 })
      yield* reader.read(question(rss(item(1))))
      yield* until(() => !reader.isRunning())
      assert.strictEqual((yield* reader.read(question(rss(item(1))))).entries.length, 1)
    }),
  )

  it.live("ends with the program, in the middle of a document, too", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const reader = yield* Scope.provide(makeReader({ thread: thread("for (;;);") }), scope)
      const reading = yield* Effect.forkChild(reader.read(question("hostile")))
      yield* until(reader.isRunning)
      yield* Fiber.interrupt(reading)
      assert.isFalse(reader.isRunning())
      yield* reader.read(question("fine"))
      yield* Scope.close(scope, Exit.void)
      assert.isFalse(reader.isRunning())
    }),
  )
})
