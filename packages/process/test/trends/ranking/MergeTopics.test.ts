import { assert, describe, it } from "@effect/vitest"
import { BUCKET } from "@signalflow/domain/Time"
import { fold } from "../../../src/trends/ranking/MergeTopics.ts"
import { type Evidence, evidence, HISTORY, inOrder, judgeExactly, type PlatformVolumes } from "../../../src/trends/ranking/Evidence.ts"
import { STEPS } from "../../../src/trends/ranking/DistinctAuthors.ts"

const until = Date.UTC(2026, 10, 22, 12)
const volumes: PlatformVolumes = {
  platform: "bluesky",
  until,
  buckets: new Float64Array(HISTORY + 1).fill(200),
  steps: new Float64Array(STEPS + 7).fill(200),
}

/** Who speaks of a topic in which signals: each signal is another person's, said `minute` minutes ago. */
const topicOf = (usual: number, signals: ReadonlyArray<number>, minute = 30): ReadonlyArray<Evidence> => {
  const buckets = new Float64Array(HISTORY + 1).fill(usual)
  const ago = signals.map((_, i) => minute * 60_000 + i)
  const voices = { topic: "", platform: "bluesky", ago, voices: signals, signals, sentiments: signals.map(() => null) }
  return [evidence({ volumes, buckets }, voices, until / BUCKET - HISTORY)]
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

const shown = (topics: Readonly<Record<string, ReadonlyArray<Evidence>>>, limit = 100) => {
  const evidences = new Map(Object.entries(topics))
  const ranked = [...evidences].map(([topic, found]) => ({ topic, rise: judgeExactly(found) })).sort(inOrder)
  return fold(ranked, evidences, limit).map(({ topic, rise }) => `${topic} ${rise.state}`)
}

describe("fold", () => {
  it("shows names of the same signals once, under the stronger, and of equals under the longer", () => {
    assert.deepStrictEqual(shown({ "chip export": topicOf(0, range(0, 50)), "export ban": topicOf(0, range(5, 50)) }), [
      "chip export rising",
    ])
    assert.deepStrictEqual(shown({ chip: topicOf(0, range(0, 50)), "chip export": topicOf(0, range(0, 50)) }), ["chip export rising"])
  })

  it("leaves out a word that rises only in the posts of another rise", () => {
    const event = topicOf(0, range(0, 120))
    assert.deepStrictEqual(shown({ event, outside: topicOf(0, range(80, 120)) }), ["event rising"])
    assert.deepStrictEqual(shown({ event, outside: topicOf(0, [...range(80, 120), ...range(500, 503)]) }), ["event rising"])
  })

  it("knows the posts of an event by every name of it", () => {
    const event = topicOf(0, range(0, 100))
    const alias = topicOf(0, range(20, 118))
    const word = topicOf(0, [...range(80, 90), ...range(102, 118)])
    assert.deepStrictEqual(shown({ event, word }), ["event rising", "word rising"])
    assert.deepStrictEqual(shown({ event, alias, word }), ["event rising"])
  })

  it("leaves out a common word that is only as common as ever without those posts", () => {
    const event = topicOf(0, range(0, 120))
    const common = topicOf(4, [...range(80, 120), ...range(500, 535)])
    assert.strictEqual(judgeExactly(common).state, "rising")
    assert.deepStrictEqual(shown({ event, common }), ["event rising"])
    assert.deepStrictEqual(shown({ event, common: topicOf(4, [...range(110, 120), ...range(500, 565)]) }), [
      "event rising",
      "common rising",
    ])
  })

  it("keeps a rise that stands without them", () => {
    const event = topicOf(0, range(0, 120))
    assert.deepStrictEqual(shown({ event, other: topicOf(0, [...range(100, 120), ...range(500, 540)]) }), ["event rising", "other rising"])
    // More than half of it is the event's, and what is left is still rare.
    assert.deepStrictEqual(shown({ event, other: topicOf(0, [...range(90, 120), ...range(500, 525)]) }), ["event rising", "other rising"])
    // Barely rare, and one of its people also speaks of the event.
    assert.deepStrictEqual(shown({ event, other: topicOf(0, [0, ...range(500, 511)]) }), ["event rising", "other rising"])
  })

  it("gives the place of a narrow name to the name that has it and many more", () => {
    const narrow = topicOf(0, range(0, 60))
    const wide = topicOf(8, range(0, 200))
    assert.isBelow(judgeExactly(wide).surprise!, judgeExactly(narrow).surprise!)
    const after = topicOf(0, range(1_000, 1_025))
    assert.deepStrictEqual(shown({ narrow, wide, after }), ["wide rising", "after rising"])
  })

  it("does so when both have cooled, too", () => {
    const narrow = topicOf(0, range(0, 60), 400)
    const wide = topicOf(8, range(0, 200), 400)
    assert.isAbove(judgeExactly(narrow).strength, judgeExactly(wide).strength)
    assert.deepStrictEqual(shown({ narrow, wide }), ["wide cooling"])
  })

  it("keeps the telling name when a common word holds it and little more", () => {
    const telling = topicOf(0, range(0, 60))
    const common = topicOf(10, range(0, 150))
    assert.strictEqual(judgeExactly(common).state, "rising")
    assert.deepStrictEqual(shown({ telling, common }), ["telling rising"])
    assert.deepStrictEqual(shown({ telling, common: topicOf(5, range(0, 95)) }), ["telling rising"])
  })

  it("prefers the phrase to the word in it, if nearly all say the phrase", () => {
    const word = topicOf(1, range(0, 100))
    assert.deepStrictEqual(shown({ compiler: word, "basalt compiler": topicOf(2, range(3, 100)) }), ["basalt compiler rising"])
    assert.deepStrictEqual(shown({ compiler: word, "basalt compiler": topicOf(2, range(30, 100)) }), ["compiler rising"])
    assert.deepStrictEqual(shown({ compiler: word, "other phrase": topicOf(2, range(3, 100)) }), ["compiler rising"])
  })

  it("compares what has cooled at its own peak", () => {
    const past = topicOf(0, range(0, 60), 400)
    const word = topicOf(0, range(30, 60), 400)
    const now = topicOf(0, range(100, 160))
    assert.deepStrictEqual(shown({ past, word, now }), ["now rising", "past cooling"])
  })

  it("keeps at most as many as it is told", () => {
    const many = Object.fromEntries(range(0, 9).map((i) => [`topic ${i}`, topicOf(0, range(i * 100, i * 100 + 30 - i))]))
    assert.deepStrictEqual(shown(many, 3), ["topic 0 rising", "topic 1 rising", "topic 2 rising"])
  })
})
