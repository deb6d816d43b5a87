import { assert, describe, it } from "@effect/vitest"
import { discoveryTopics } from "@signalflow/domain/sources/Discovered"
import { defaults } from "@signalflow/domain/settings/Settings"
import { Result } from "effect"
import { recordOf } from "../../../../src/sources/reddit/discovery/Envelope.ts"
import { eventOf } from "../../../../src/sources/reddit/Convert.ts"
import { decodeThing } from "../../../../src/sources/reddit/Thing.ts"
import { type Fault, knownTopics } from "../../../../src/sources/reddit/discovery/BusTopics.ts"
import { isRecorded } from "../../../Recorded.ts"
import { recordedThings } from "../Cassettes.ts"

const topics = discoveryTopics(defaults)
const known = new Map(knownTopics(defaults).map((one) => [one.topic.name, one]))
const observation = { observedAt: Date.UTC(2026, 10, 22), mode: "new", runId: "test" } as const
const place = { topics, subreddit: "news", sort: "hot", emittedAt: observation.observedAt } as const

const envelopeOf = (body: unknown) => {
  const thing = decodeThing(body)
  if (typeof thing === "string") return null
  const converted = eventOf(thing, observation)
  if (converted._tag === "Drop" || converted.event._tag !== "Observed") return null
  return recordOf(converted.event.signal, thing, place)
}

const post = {
  name: "t3_1q",
  title: "A title",
  created_utc: 1_795_000_000.5,
  author: "ada",
  subreddit: "News",
  permalink: "/r/News/comments/1q/a/",
}
/** The paths of the fields that are wrong. */
const faults = (topic: string, value: unknown): ReadonlyArray<string> => {
  const content = known.get(topic)
  if (content === undefined || content._tag === "Dead") return assert.fail(`${topic} is not read by its value`)
  const read: Result.Result<unknown, ReadonlyArray<Fault>> = content.read(typeof value === "string" ? value : JSON.stringify(value))
  return Result.isSuccess(read) ? [] : read.failure.map(({ path }) => path)
}

describe("envelopes of discovery", () => {
  it("hold null where Reddit says nothing, and what a post links to", () => {
    const { payload } = JSON.parse(envelopeOf({ kind: "t3", data: { ...post, url: "https://example.org/x", is_self: false } })!.value) as {
      payload: object
    }
    assert.deepStrictEqual(payload, {
      id: "1q",
      subreddit: "News",
      author: "ada",
      title: "A title",
      body: "",
      created_utc: 1_795_000_000.5,
      score: null,
      num_comments: null,
      url: "https://example.org/x",
      permalink: "https://www.reddit.com/r/News/comments/1q/a/",
      flair: null,
    })
    const { subreddit, ...without } = post
    assert.strictEqual(subreddit, "News")
    assert.include(envelopeOf({ kind: "t3", data: without })!.value, '"subreddit":"news"')
  })

  it("are read back by their topic, which names the field that is wrong", () => {
    const { topic, value } = envelopeOf({ kind: "t3", data: post })!
    assert.deepStrictEqual(faults(topic.name, value), [])
    const event = JSON.parse(value) as { payload: object; metadata: object }
    assert.deepStrictEqual(faults(topic.name, { ...event, payload: { ...event.payload, score: "7" } }), ["payload.score"])
    assert.deepStrictEqual(faults(topic.name, { ...event, metadata: { ...event.metadata, post_sort: "best" }, mode: "new" }).toSorted(), [
      "metadata.post_sort",
      "mode",
    ])
    assert.deepStrictEqual(faults(topic.name, { ...event, schema_version: 99 }), ["schema_version"])
    assert.deepStrictEqual(faults(topic.name, { ...event, payload: undefined }), ["payload"])
    assert.deepStrictEqual(faults(topic.name, "{"), ["(message)"])
    assert.deepStrictEqual(faults(topic.name, "null"), ["(message)"])
    assert.include(faults(topics.comments.name, value), "entity_type")
    assert.deepStrictEqual(faults("signals.normalised", { _tag: "Observed", signal: { id: 7 } }).slice(0, 1), ["signal.id"])
    assert.deepStrictEqual(faults("reddit.posts.raw", value), [])
  })

  it.skipIf(!isRecorded)("can be made of every recorded post and comment that is shown", () => {
    let made = 0
    for (const { file, things } of recordedThings())
      for (const body of things) {
        const thing = decodeThing(body)
        if (typeof thing === "string") continue
        const converted = eventOf(thing, observation)
        if (converted._tag === "Drop" || converted.event._tag !== "Observed") continue
        const record = recordOf(converted.event.signal, thing, place)
        assert.isNotNull(record, `${file} ${thing.data.name}`)
        assert.strictEqual(record!.topic.name, thing.kind === "t3" ? topics.submissions.name : topics.comments.name)
        assert.deepStrictEqual(faults(record!.topic.name, record!.value), [], `${file} ${thing.data.name}`)
        made++
      }
    process.stdout.write(`discovery: ${made} recorded posts and comments as envelopes\n`)
    assert.isAbove(made, 1_000)
  })
})
