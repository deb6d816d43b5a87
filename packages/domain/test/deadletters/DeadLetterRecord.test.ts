import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { dlqTopicOf, signalsNormalised } from "../../src/bus/BusTopic.ts"
import { fromBus, recordOf, toBus, toReplay } from "../../src/deadletters/DeadLetterRecord.ts"
import { RECORD_LIMIT, sizeOf } from "../../src/bus/RecordLimit.ts"
import type { BusRecord, Delivery } from "../../src/bus/SignalBus.ts"

const NOON = Date.UTC(2026, 5, 10, 12)
const MINUTE = 60_000
const dlq = dlqTopicOf(signalsNormalised)

const delivery = (fields: Partial<Delivery> = {}, topic: string = signalsNormalised.name, partition = 3): Delivery => ({
  lane: { topic, partition, ack: () => Effect.void },
  offset: 41,
  key: "hackernews:1",
  value: '{"_tag":"Exploded"}',
  headers: { producer: "test", schema_version: "1" },
  publishedAt: NOON,
  ...fields,
})

const failure = (fields?: Partial<Delivery>) => ({ delivery: delivery(fields), errorClass: "validation" as const, error: "no such event" })

/** As it comes out of the bus. */
const delivered = ({ topic, key, value, headers }: BusRecord, offset = 7) => delivery({ offset, key, value, headers }, topic.name, 0)

describe("DeadLetterRecord", () => {
  it("a .dlq record keeps key, payload and headers as they were, and tells where the message was and why it failed", () => {
    const record = recordOf(failure({ value: "a\u0000b\ud800" }), NOON)
    const sent = toBus(record)
    assert.strictEqual(sent.topic.name, "signals.normalised.dlq")
    assert.strictEqual(sent.topic.partitions, 1)
    assert.deepStrictEqual([sent.key, sent.value], ["hackernews:1", "a\u0000b\ud800"])
    assert.deepStrictEqual(sent.headers, {
      producer: "test",
      schema_version: "1",
      "dlq-topic": "signals.normalised",
      "dlq-partition": "3",
      "dlq-offset": "41",
      "dlq-class": "validation",
      "dlq-error": "no such event",
      "dlq-attempts": "1",
      "dlq-replays": "0",
      "dlq-first-failed-at": "2026-06-10T12:00:00.000Z",
      "dlq-failed-at": "2026-06-10T12:00:00.000Z",
    })
    assert.deepStrictEqual(Result.getOrThrow(fromBus(delivered(sent))), record)
  })

  it("a replayed message that fails again keeps its first place, time and headers, and counts", () => {
    const first = recordOf(failure(), NOON)
    const letter = { ...first, id: 1, replayedAt: null, parkedAt: null }
    const { topic, key, value, headers } = toReplay(letter, signalsNormalised, 1)
    assert.deepStrictEqual([topic, key, value], [signalsNormalised, "hackernews:1", '{"_tag":"Exploded"}'])
    assert.deepInclude(headers, { producer: "test", "dlq-offset": "41", "dlq-attempts": "1", "dlq-replays": "1" })
    const again = recordOf(
      { delivery: delivery({ headers, offset: 99 }, signalsNormalised.name, 5), errorClass: "permanent", error: "still" },
      NOON + MINUTE,
    )
    assert.deepStrictEqual(again, {
      ...first,
      errorClass: "permanent",
      error: "still",
      attempts: 2,
      replays: 1,
      lastFailedAt: NOON + MINUTE,
    })
  })

  it("a message may only claim a place in its own topic", () => {
    const claim = {
      "dlq-partition": "0",
      "dlq-offset": "1",
      "dlq-attempts": "1",
      "dlq-replays": "1",
      "dlq-first-failed-at": new Date(NOON).toISOString(),
    }
    const place = (headers: Record<string, string>) => {
      const { partition, offset, attempts } = recordOf(failure({ headers }), NOON)
      return [partition, offset, attempts]
    }
    assert.deepStrictEqual(place({ ...claim, "dlq-topic": "signals.normalised" }), [0, 1, 2])
    assert.deepStrictEqual(place({ ...claim, "dlq-topic": "reddit.comments" }), [3, 41, 1])
    assert.deepStrictEqual(place({ ...claim, "dlq-topic": "signals.normalised", "dlq-offset": "-1" }), [3, 41, 1])
    assert.deepStrictEqual(place({ ...claim, "dlq-topic": "signals.normalised", "dlq-attempts": "1e999" }), [3, 41, 1])
  })

  it("a message of 5 MB, with huge headers and key, becomes a record that every bus takes, and it says what was cut", () => {
    for (const value of ["x".repeat(5_000_000), "東".repeat(2_000_000), "\ud800".repeat(1_000_000), "💥".repeat(1_500_000)]) {
      const headers = { keep: "me", huge: "h".repeat(1_000_000), ["n".repeat(1_000)]: "x" }
      const record = recordOf({ ...failure({ value, headers, key: "k".repeat(10_000) }), error: "e".repeat(100_000) }, NOON)
      const sent = toBus(record)
      assert.isAtMost(sizeOf(sent), RECORD_LIMIT)
      assert.isTrue(value.startsWith(sent.value))
      assert.isAbove(sizeOf(sent), RECORD_LIMIT / 2)
      assert.strictEqual(sent.headers["keep"], "me")
      assert.include(record.altered, `cut from ${value.length} to ${sent.value.length} characters`)
      assert.include(record.altered, "the key was cut from 10000 to 500 characters; 2 header(s) were dropped")
      // Once more changes nothing.
      assert.deepStrictEqual(Result.getOrThrow(fromBus(delivered(sent))), record)
    }
    assert.isNull(recordOf(failure({ value: "x".repeat(800_000) }), NOON).altered)
  })

  it("what is no .dlq record is told by the header that is wrong", () => {
    const good = toBus(recordOf(failure(), NOON))
    const wrong = (headers: Record<string, string>) => {
      const read = fromBus(delivered({ ...good, headers: { ...good.headers, ...headers } }))
      return Result.isFailure(read) ? read.failure : "read"
    }
    assert.strictEqual(wrong({}), "read")
    assert.include(wrong({ "dlq-topic": "reddit.comments" }), 'dlq-topic is "reddit.comments", and this is signals.normalised.dlq')
    assert.include(wrong({ "dlq-class": "odd" }), "dlq-class")
    assert.include(wrong({ "dlq-partition": "3000000000" }), "dlq-partition")
    assert.include(wrong({ "dlq-offset": "x" }), "dlq-offset")
    assert.include(wrong({ "dlq-attempts": "-1" }), "dlq-attempts")
    assert.include(wrong({ "dlq-failed-at": "tomorrow" }), "dlq-failed-at")
    const bare = fromBus(delivery({ headers: {} }, dlq.name, 0))
    assert.isTrue(Result.isFailure(bare) && bare.failure.includes("dlq-topic is null"))
  })
})
