import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { EPOCH, get, START, start } from "../../harness.ts"

const SEARCH = "/api/v1/search_by_date"
const seconds = (time: number) => Math.floor(time / 1000)

interface Hit {
  readonly objectID: string
  readonly created_at_i: number
  readonly _tags: ReadonlyArray<string>
  readonly points?: number
  readonly comment_text?: string
}

describe("the Algolia protocol", () => {
  it.live("yields at most 1,000 hits a query, newest first, however it is paged", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const { json } = yield* get(simulator, `${SEARCH}?tags=(story,comment)&hitsPerPage=1000`)
      assert.lengthOf(json.hits, 1000)
      assert.isAbove(json.nbHits, 1000)
      assert.strictEqual(json.nbPages, 1)
      const times = json.hits.map((hit: Hit) => hit.created_at_i)
      assert.deepStrictEqual(
        times,
        times.toSorted((a: number, b: number) => b - a),
      )
      const paged: Array<Hit> = []
      for (let page = 0; page < 5; page++)
        paged.push(...(yield* get(simulator, `${SEARCH}?tags=(story,comment)&hitsPerPage=300&page=${page}`)).json.hits)
      assert.deepStrictEqual(
        paged.map((hit) => hit.objectID),
        json.hits.map((hit: Hit) => hit.objectID),
      )
    }),
  )

  it.live("leads, slice by slice, to every item that is not removed", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const found: Array<string> = []
      const step = 3 * 3600
      for (let from = seconds(EPOCH); from <= seconds(START); from += step) {
        const { json } = yield* get(
          simulator,
          `${SEARCH}?tags=(story,comment,job)&hitsPerPage=1000&numericFilters=created_at_i>=${from},created_at_i<${from + step}`,
        )
        assert.isBelow(json.nbHits, 1000)
        found.push(...json.hits.map((hit: Hit) => `hackernews:${hit.objectID}`))
      }
      const planted = simulator.truth({ platform: "hackernews" }).signals.filter((signal) => signal.removed === null)
      assert.deepStrictEqual(found.toSorted(), planted.map((signal) => signal.id).toSorted())
    }),
  )

  it.live("reads tags as AND of ORs and numbers as bounds", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const hits = (query: string) =>
        Effect.map(get(simulator, `${SEARCH}?hitsPerPage=1000&${query}`), ({ json }): ReadonlyArray<Hit> => json.hits)
      const stories = yield* hits("tags=story")
      assert.isTrue(stories.every((hit) => hit._tags.includes("story")))
      const comments = yield* hits("tags=comment")
      assert.isTrue(comments.every((hit) => hit._tags.includes("comment") && typeof hit.comment_text === "string"))
      const asked = yield* hits("tags=story,ask_hn")
      assert.isAbove(asked.length, 0)
      assert.isTrue(asked.every((hit) => hit._tags.includes("ask_hn")))
      assert.lengthOf(yield* hits("tags=story,comment"), 0)
      assert.lengthOf(yield* hits("tags=no_such_tag"), 0)
      const popular = yield* hits("tags=story&numericFilters=points>100")
      assert.isAbove(popular.length, 0)
      assert.isTrue(popular.every((hit) => hit.points! > 100))
      const edge = stories[10]!.created_at_i
      assert.isTrue((yield* hits(`tags=story&numericFilters=created_at_i<${edge}`)).every((hit) => hit.created_at_i < edge))
      assert.isTrue((yield* hits(`tags=story&numericFilters=created_at_i<=${edge}`)).some((hit) => hit.created_at_i === edge))
      const own = yield* hits(`tags=(story,comment),story_${stories[10]!.objectID}`)
      assert.isTrue(own.every((hit) => hit._tags.includes(`story_${stories[10]!.objectID}`)))
      const words = yield* hits("tags=story&query=hiring")
      assert.lengthOf(words, 0)
      assert.isAbove((yield* hits("tags=job&query=HIRING")).length, 0)
    }),
  )

  it.live("refuses what it cannot read", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      for (const query of [
        "hitsPerPage=1001",
        "hitsPerPage=-1",
        "hitsPerPage=x",
        "page=-1",
        "numericFilters=created_at_i~5",
        "numericFilters=score>5",
      ]) {
        const { status, json } = yield* get(simulator, `${SEARCH}?${query}`)
        assert.strictEqual(status, 400, query)
        assert.isString(json.message)
      }
      assert.strictEqual((yield* get(simulator, "/api/v1/unknown")).status, 404)
    }),
  )
})
