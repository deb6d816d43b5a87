import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { RECORD_LIMIT, sizeOf, withinLimit } from "../../src/bus/RecordLimit.ts"
import { Signal } from "../../src/signals/Signal.ts"
import { signalRecord } from "../../src/bus/SignalBus.ts"
import { BODY_LIMIT, TITLE_LIMIT } from "../../src/signals/Text.ts"

const topic = { name: "t", partitions: 1 }
const one = (value: string, key = "k") => ({ topic, key, value, headers: { producer: "test" } })

// A lone surrogate takes six bytes of JSON, as much as any character can.
const worst = (length: number) => "\ud800".repeat(length)

it.effect("the largest legal signal needs a fifth of the limit", () =>
  Effect.gen(function* () {
    const link = `https://example.org/${worst(2_028)}`
    const largest = Schema.decodeUnknownSync(Signal)({
      id: `bluesky:${"x".repeat(400)}`,
      platform: "bluesky",
      kind: "post",
      parentId: `bluesky:${"y".repeat(400)}`,
      community: worst(200),
      author: worst(300),
      title: worst(TITLE_LIMIT),
      body: worst(BODY_LIMIT),
      url: link,
      permalink: link,
      language: worst(16),
      score: Number.MIN_SAFE_INTEGER,
      comments: Number.MAX_SAFE_INTEGER,
      upvoteRatio: 0.123456789012345,
      reposts: Number.MAX_SAFE_INTEGER,
      views: Number.MAX_SAFE_INTEGER,
      publishedAt: Date.UTC(2026, 0, 1),
      observedAt: Date.UTC(2026, 0, 1),
      flair: worst(200),
      meta: { schemaVersion: 1, producer: worst(100), runId: worst(100), mode: "backfill" },
    })
    const record = signalRecord({ _tag: "Observed", signal: largest })
    assert.isBelow(sizeOf(record), RECORD_LIMIT / 5)
    yield* withinLimit([record])
  }),
)

it.effect("counts bytes, not characters, of key, value and headers", () =>
  Effect.gen(function* () {
    assert.strictEqual(sizeOf(one("")), 1 + "producertest".length)
    assert.strictEqual(sizeOf(one("é東👍")), 1 + 12 + 2 + 3 + 4)
    const room = RECORD_LIMIT - sizeOf(one(""))
    yield* withinLimit([one("x".repeat(room)), one("é".repeat(Math.floor(room / 2)))])
    const refused = yield* Effect.flip(withinLimit([one("x"), one("x".repeat(room + 1)), one("x"), one("東".repeat(room / 2), "big key")]))
    assert.deepStrictEqual(
      refused.refused!.map(({ index, key }) => [index, key]),
      [
        [1, "k"],
        [3, "big key"],
      ],
    )
    assert.include(refused.message, `${RECORD_LIMIT + 1} bytes`)
    assert.include(refused.message, '"big key"')
    const inHeaders = { ...one(""), headers: { text: "x".repeat(RECORD_LIMIT) } }
    assert.strictEqual((yield* Effect.flip(withinLimit([inHeaders]))).refused!.length, 1)
  }),
)
