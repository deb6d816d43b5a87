import { assert, it } from "@effect/vitest"
import { signalId } from "@signalflow/domain/signals/Signal"
import type { SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import { bucketOf } from "@signalflow/domain/Time"
import { Effect, type Layer } from "effect"
import { decide, type ReadEvent, scopeOf } from "../src/pipeline/Decide.ts"
import { readerOf } from "../src/reading/LazyReading.ts"
import { emptySnapshot } from "../src/reading/Reading.ts"
import { emptyReference } from "../src/scoring/Heat.ts"
import { SignalStore, type Tombstone } from "../src/store/SignalStore.ts"
import type { StoredSignal } from "../../domain/src/signals/StoredSignal.ts"
import { counted, MINUTE, NOON, observed, removedAuthor, removedSignal, restoredAuthor } from "./events.ts"

/** What a test sees of a store. */
export interface View {
  readonly signals: Effect.Effect<ReadonlyArray<StoredSignal>>
  readonly history: Effect.Effect<
    ReadonlyArray<{ readonly id: string; readonly at: number; readonly score: number | null; readonly velocity: number | null }>
  >
  readonly tombstones: Effect.Effect<ReadonlyArray<Pick<Tombstone, "targetKind" | "target" | "kind">>>
  /** Distinct marked buckets, `platform start`, and forgets them. */
  readonly takeMarks: Effect.Effect<ReadonlyArray<string>>
}

const thresholds = { velocityHigh: 50, velocityLow: 10, sentimentMin: 0.5, commentMin: 100 }

const write = (...events: ReadonlyArray<SignalEvent>) =>
  Effect.gen(function* () {
    const store = yield* SignalStore
    const batch = events.map((event): ReadEvent => ({
      event,
      receivedAt: NOON + 5 * MINUTE,
      reading: event._tag === "Observed" ? readerOf(emptySnapshot)(event.signal) : null,
    }))
    return yield* store.transact(scopeOf(batch), decide(batch, { thresholds, heat: emptyReference, authorKey: store.authorKey }))
  })

const at = (bucket: number) => `hackernews ${bucketOf(bucket)}`

/** The contract of a SignalStore together with what `decide` promises (guarantees 2, 3 and 4). */
export const suite = <R, E>(name: string, layer: Layer.Layer<SignalStore | R, E>, view: Effect.Effect<View, never, R>) => {
  const test = (what: string, body: (view: View) => Effect.Effect<void, unknown, SignalStore>) =>
    it.effect(`SignalStore (${name}): ${what}`, () => Effect.flatMap(view, body).pipe(Effect.provide(layer)))

  test("the same event twice leaves the same rows, velocities and history as once (guarantee 2)", (view) =>
    Effect.gen(function* () {
      const events = [observed(), observed({ observedAt: NOON + MINUTE, score: 70, comments: 8 })]
      yield* write(...events)
      const once = { signals: yield* view.signals, history: yield* view.history }
      yield* view.takeMarks
      yield* write(...events)
      yield* write(events[1]!)
      assert.deepStrictEqual({ signals: yield* view.signals, history: yield* view.history }, once)
      assert.deepStrictEqual(yield* view.takeMarks, [])
      assert.deepStrictEqual(
        once.history.map(({ score, velocity }) => [score, velocity]),
        [
          [10, null],
          [70, 1],
        ],
      )
      assert.strictEqual(once.signals[0]!.signal.velocity?.comments, 0.1)
    }))

  test("a redelivered observation is announced again, from the row as stored", () =>
    Effect.gen(function* () {
      const first = yield* write(observed())
      const again = yield* write(observed())
      assert.deepStrictEqual(again.live, first.live)
      assert.strictEqual(again.live.length, 1)
    }))

  test("an older observation never overwrites a newer one, in one batch or in two (guarantee 3)", (view) =>
    Effect.gen(function* () {
      yield* write(observed({ observedAt: NOON + 2 * MINUTE, score: 50, title: "Newer" }))
      const { dropped } = yield* write(observed({ observedAt: NOON + MINUTE, score: 20, title: "Older" }), observed({ id: "2", score: 1 }))
      assert.strictEqual(dropped.get("stale"), 1)
      const rows = yield* view.signals
      assert.deepStrictEqual(
        rows.map(({ signal }) => [signal.id, signal.title, signal.score]),
        [
          ["hackernews:1", "Newer", 50],
          ["hackernews:2", "A great new compiler", 1],
        ],
      )
    }))

  test("counts alone move a signal on with the text and the reading that it has, once (guarantees 2 and 3)", (view) =>
    Effect.gen(function* () {
      yield* write(observed({ views: 7 }))
      const first = yield* write(counted("1", NOON + MINUTE, { score: 70 }))
      const [row] = yield* view.signals
      assert.deepInclude(row!.signal, { title: "A great new compiler", score: 70, comments: 2, views: 7, observedAt: NOON + MINUTE })
      assert.strictEqual(row!.signal.velocity?.score, 1)
      assert.deepStrictEqual(first.live, [{ _tag: "Signal", signal: row!.signal }])
      const history = yield* view.history
      const again = yield* write(counted("1", NOON + MINUTE, { score: 70 }))
      assert.deepStrictEqual(again.live, first.live)
      assert.deepStrictEqual(yield* view.history, history)
      const late = yield* write(counted("1", NOON + 1, { score: 3 }))
      assert.strictEqual(late.dropped.get("stale"), 1)
      assert.strictEqual((yield* view.signals)[0]!.signal.score, 70)
    }))

  test("counts of what is not stored store nothing, of what is deleted neither, and of what is hidden show nothing (guarantee 4)", (view) =>
    Effect.gen(function* () {
      const unknown = yield* write(counted("1", NOON, { score: 5 }))
      assert.strictEqual(unknown.dropped.get("unknown"), 1)
      yield* write(observed({ id: "2" }), counted("2", NOON + 1, { score: 5 }), removedSignal("2", "deleted", NOON + 2))
      const deleted = yield* write(counted("2", NOON + MINUTE, { score: 6 }))
      assert.deepStrictEqual([deleted.dropped.get("removed"), deleted.live], [1, []])
      assert.deepStrictEqual(yield* view.signals, [])
      yield* write(observed({ id: "3" }), removedSignal("3", "hidden", NOON + 2))
      const hidden = yield* write(counted("3", NOON + MINUTE, { score: 6 }))
      assert.deepStrictEqual(hidden.live, [])
      assert.deepStrictEqual(
        (yield* view.signals).map((row) => [row.hidden, row.signal.score]),
        [[true, 6]],
      )
    }))

  test("others' replies to a removed author name the author no more, those that come later neither (guarantee 4)", (view) =>
    Effect.gen(function* () {
      const of = (id: string, author: string, parent: string | null) => {
        const event = observed({ platform: "bluesky", id, author })
        return { ...event, signal: { ...event.signal, parentId: parent === null ? null : signalId("bluesky", parent) } }
      }
      const removal = {
        ...removedAuthor("did:plc:ada", "deleted", NOON),
        target: { _tag: "Author", platform: "bluesky" as never, author: "did:plc:ada" },
      } as const
      yield* write(of("did:plc:bob/1", "did:plc:bob", "did:plc:ada/1"), of("did:plc:bob/2", "did:plc:bob", "did:plc:adam/1"))
      yield* write(of("did:plc:bob/3", "did:plc:bob", "did:plc:ada/2"), removal)
      yield* write(of("did:plc:bob/4", "did:plc:bob", "did:plc:ada/3"))
      assert.deepStrictEqual(
        (yield* view.signals).map(({ signal }) => [signal.id, signal.parentId]),
        [
          ["bluesky:did:plc:bob/1", null],
          ["bluesky:did:plc:bob/2", "bluesky:did:plc:adam/1"],
          ["bluesky:did:plc:bob/3", null],
          ["bluesky:did:plc:bob/4", null],
        ],
      )
    }))

  test("a text that was edited is read again, one that was not keeps its reading", (view) =>
    Effect.gen(function* () {
      yield* write(observed(), observed({ observedAt: NOON + 20 * MINUTE, score: 11 }))
      yield* view.takeMarks
      yield* write(observed({ observedAt: NOON + 40 * MINUTE, title: "A terrible #broken compiler" }))
      const [row] = yield* view.signals
      assert.strictEqual(row!.signal.sentiment?.label, "negative")
      assert.include(row!.signal.topics, "#broken")
      const buckets = [NOON - 10 * MINUTE, NOON, NOON + 20 * MINUTE, NOON + 40 * MINUTE]
      assert.deepStrictEqual([...(yield* view.takeMarks)].sort(), buckets.map(at).sort())
    }))

  test("deleted text and author are gone, every bucket they touched is marked, and a late observation does not bring them back (guarantee 4)", (view) =>
    Effect.gen(function* () {
      yield* write(observed(), observed({ observedAt: NOON + 20 * MINUTE, score: 11 }))
      yield* view.takeMarks
      const removal = yield* write(removedSignal("1", "deleted", NOON + 21 * MINUTE))
      assert.deepStrictEqual(removal.live, [{ _tag: "Removed", id: "hackernews:1" }])
      assert.deepStrictEqual(removal.gone, ["hackernews:1"])
      assert.deepStrictEqual(yield* view.signals, [])
      assert.deepStrictEqual(yield* view.history, [])
      assert.deepStrictEqual([...(yield* view.takeMarks)].sort(), [at(NOON - 10 * MINUTE), at(NOON), at(NOON + 20 * MINUTE)].sort())
      const late = yield* write(observed({ observedAt: NOON + 60 * MINUTE }))
      assert.strictEqual(late.dropped.get("removed"), 1)
      assert.deepStrictEqual(late.live, [])
      assert.deepStrictEqual(yield* view.signals, [])
    }))

  test("a removal that comes before its observation, or with it in one batch, removes it too (guarantee 4)", (view) =>
    Effect.gen(function* () {
      yield* write(removedSignal("1", "deleted", NOON))
      yield* write(observed(), observed({ id: "2" }), removedSignal("2", "deleted", NOON), observed({ id: "2", observedAt: NOON + MINUTE }))
      assert.deepStrictEqual(yield* view.signals, [])
    }))

  test("a deleted author's signals go, late ones stay out, and the tombstone holds no name (guarantee 4)", (view) =>
    Effect.gen(function* () {
      yield* write(observed({ author: "eve" }), observed({ id: "2", author: "eve" }), observed({ id: "3", author: "bob" }))
      const removal = yield* write(removedAuthor("eve", "deleted", NOON + MINUTE))
      assert.deepStrictEqual([...removal.gone].sort(), ["hackernews:1", "hackernews:2"])
      yield* write(observed({ id: "4", author: "eve", observedAt: NOON + 2 * MINUTE }))
      assert.deepStrictEqual(
        (yield* view.signals).map(({ signal }) => signal.id),
        ["hackernews:3"],
      )
      const [tombstone] = yield* view.tombstones
      assert.strictEqual(tombstone!.targetKind, "author")
      assert.notInclude(tombstone!.target.replace(/^hash\(.*/, ""), "eve")
    }))

  test("of several removed authors each stays out, and who was not removed does not (guarantee 4)", (view) =>
    Effect.gen(function* () {
      for (const name of ["eve", "mallory", "trudy"]) yield* write(removedAuthor(name, "deleted", NOON))
      const late = ["eve", "bob", "mallory", "trudy"].map((author, n) => observed({ id: String(n), author, observedAt: NOON - MINUTE }))
      for (const event of late) yield* write(event)
      yield* write(...late)
      assert.deepStrictEqual(
        (yield* view.signals).map(({ signal }) => signal.author),
        ["bob"],
      )
    }))

  test("an author who comes back is welcome with what is newer, not with what was deleted", (view) =>
    Effect.gen(function* () {
      yield* write(observed({ author: "eve" }))
      yield* write(removedAuthor("eve", "deleted", NOON + MINUTE))
      yield* write(restoredAuthor("eve", NOON + 3 * MINUTE))
      yield* write(
        observed({ author: "eve", observedAt: NOON + 2 * MINUTE }),
        observed({ id: "2", author: "eve", observedAt: NOON + 4 * MINUTE }),
      )
      assert.deepStrictEqual(
        (yield* view.signals).map(({ signal }) => signal.id),
        ["hackernews:2"],
      )
    }))

  test("hidden hides at once and is lifted by a newer observation, not by an older one (guarantee 4)", (view) =>
    Effect.gen(function* () {
      yield* write(observed())
      yield* view.takeMarks
      yield* write(removedSignal("1", "hidden", NOON + 2 * MINUTE))
      assert.isTrue((yield* view.signals)[0]!.hidden)
      assert.deepStrictEqual([...(yield* view.takeMarks)].sort(), [at(NOON - 10 * MINUTE), at(NOON)].sort())
      yield* write(observed({ observedAt: NOON + MINUTE }))
      assert.isTrue((yield* view.signals)[0]!.hidden)
      yield* write(observed({ observedAt: NOON + 3 * MINUTE }))
      assert.isFalse((yield* view.signals)[0]!.hidden)
      assert.deepStrictEqual(yield* view.tombstones, [])
    }))

  test("a suspended author's signals come back when the author is restored", (view) =>
    Effect.gen(function* () {
      yield* write(observed(), observed({ id: "2", author: "bob" }))
      yield* write(removedAuthor("ada", "hidden", NOON + MINUTE))
      assert.deepStrictEqual(
        (yield* view.signals).map(({ hidden }) => hidden),
        [true, false],
      )
      yield* write(restoredAuthor("ada", NOON + 2 * MINUTE))
      assert.deepStrictEqual(
        (yield* view.signals).map(({ hidden }) => hidden),
        [false, false],
      )
    }))

  test("an author who is restored does not bring back what was hidden by itself, nor a restored post what its author hides (guarantee 4)", (view) =>
    Effect.gen(function* () {
      yield* write(observed(), observed({ id: "2" }))
      yield* write(removedSignal("1", "hidden", NOON + MINUTE))
      yield* write(removedAuthor("ada", "hidden", NOON + 2 * MINUTE))
      yield* write({ _tag: "Restored", target: { _tag: "Signal", id: signalId("hackernews", "1") }, at: NOON + 3 * MINUTE })
      assert.deepStrictEqual(
        (yield* view.signals).map(({ hidden }) => hidden),
        [true, true],
      )
      yield* write(removedSignal("1", "hidden", NOON + 4 * MINUTE))
      yield* write(restoredAuthor("ada", NOON + 5 * MINUTE))
      assert.deepStrictEqual(
        (yield* view.signals).map(({ hidden }) => hidden),
        [true, false],
      )
    }))

  test("what was hidden and restored stays shown when a consumer that was held up hides it again (guarantee 2)", (view) =>
    Effect.gen(function* () {
      const hidden = removedSignal("1", "hidden", NOON + MINUTE)
      const suspended = removedAuthor("bob", "hidden", NOON + MINUTE)
      yield* write(observed(), observed({ id: "2", author: "bob" }), hidden, suspended)
      yield* write({ _tag: "Restored", target: { _tag: "Signal", id: signalId("hackernews", "1") }, at: NOON + 2 * MINUTE })
      yield* write(restoredAuthor("bob", NOON + 2 * MINUTE))
      yield* write(hidden, suspended, observed({ id: "3", author: "bob" }))
      const shown = Effect.map(view.signals, (rows) => rows.map((row) => !row.hidden))
      assert.deepStrictEqual(yield* shown, [true, true, true])
      yield* write(removedSignal("1", "hidden", NOON + 3 * MINUTE), removedAuthor("bob", "hidden", NOON + 3 * MINUTE))
      assert.deepStrictEqual(yield* shown, [false, false, false])
    }))

  test("an author who is removed and comes back in one batch keeps what is newer", (view) =>
    Effect.gen(function* () {
      yield* write(observed({ author: "eve" }))
      const decision = yield* write(
        observed({ author: "eve", observedAt: NOON + MINUTE, score: 11 }),
        removedAuthor("eve", "deleted", NOON + 2 * MINUTE),
        restoredAuthor("eve", NOON + 3 * MINUTE),
        observed({ author: "eve", observedAt: NOON + 4 * MINUTE, score: 12 }),
      )
      assert.deepStrictEqual(
        (yield* view.signals).map(({ signal }) => signal.score),
        [12],
      )
      assert.deepStrictEqual(
        (yield* view.history).map(({ score }) => score),
        [12],
      )
      assert.deepStrictEqual(
        decision.live.map(({ _tag }) => _tag),
        ["Removed", "Signal"],
      )
    }))

  test("a time in the future of its receipt is counted at its receipt", (view) =>
    Effect.gen(function* () {
      yield* write(observed({ publishedAt: NOON + 500 * MINUTE }))
      assert.strictEqual((yield* view.signals)[0]!.countedAt, NOON + 5 * MINUTE)
    }))
}
