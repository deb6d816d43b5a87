import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { get, start } from "../../harness.ts"

describe("the Firebase protocol", () => {
  it.live("serves every item up to maxitem, and null beyond", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const max: number = (yield* get(simulator, "/v0/maxitem.json")).json
      const truth = simulator.truth({ platform: "hackernews" }).signals
      assert.strictEqual(truth.at(-1)?.id, `hackernews:${max}`)
      let time = 0
      for (let id = max - 200; id <= max; id++) {
        const { json } = yield* get(simulator, `/v0/item/${id}.json`)
        assert.strictEqual(json.id, id)
        assert.isAtLeast(json.time, time)
        time = json.time
        const planted = truth.find((signal) => signal.id === `hackernews:${id}`)!
        assert.strictEqual(planted.publishedAt, json.time * 1000)
        assert.strictEqual(planted.kind, json.type)
        assert.strictEqual(planted.removed, json.deleted ? "deleted" : json.dead ? "hidden" : null)
        if (json.deleted) assert.isUndefined(json.by ?? json.text ?? json.title)
        else if (json.type === "comment") assert.isString(json.text)
        else assert.isString(json.title)
      }
      for (const path of [`/v0/item/${max + 1}.json`, "/v0/item/5.json", "/v0/item/x.json", "/v0/item/99999999999999999999.json"]) {
        assert.strictEqual((yield* get(simulator, path)).text, "null")
      }
      assert.strictEqual((yield* get(simulator, "/v0/nothing.json")).status, 404)
      assert.strictEqual((yield* get(simulator, "/v0/maxitem")).status, 404)
    }),
  )

  it.live("keeps families together: parents come first, kids point back, descendants are counted", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const top: ReadonlyArray<number> = (yield* get(simulator, "/v0/topstories.json")).json
      let comments = 0
      for (const id of top.slice(0, 20)) {
        const story = (yield* get(simulator, `/v0/item/${id}.json`)).json
        const queue: Array<readonly [number, number]> = (story.kids ?? []).map((kid: number) => [kid, id])
        let found = 0
        while (queue.length > 0) {
          const [kid, parent] = queue.pop()!
          const item = (yield* get(simulator, `/v0/item/${kid}.json`)).json
          assert.strictEqual(item.parent, parent)
          assert.isAbove(kid, parent)
          queue.push(...(item.kids ?? []).map((next: number) => [next, kid] as const))
          found++
        }
        assert.strictEqual(found, story.descendants)
        comments += found
      }
      assert.isAbove(comments, 50)
    }),
  )

  it.live("lists only stories that can be seen, of the list's kind, within its length", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      for (const [list, limit, title] of [
        ["top", 500, /./],
        ["new", 500, /./],
        ["best", 500, /./],
        ["ask", 200, /^Ask HN/],
        ["show", 200, /^Show HN/],
        ["job", 200, /hiring/],
      ] as const) {
        const ids: ReadonlyArray<number> = (yield* get(simulator, `/v0/${list}stories.json`)).json
        assert.isAbove(ids.length, 0)
        assert.isAtMost(ids.length, limit)
        assert.strictEqual(new Set(ids).size, ids.length)
        for (const id of ids.slice(0, 20)) {
          const item = (yield* get(simulator, `/v0/item/${id}.json`)).json
          assert.match(item.title, title)
          assert.isUndefined(item.dead ?? item.deleted)
        }
      }
      const newest: ReadonlyArray<number> = (yield* get(simulator, "/v0/newstories.json")).json
      assert.deepStrictEqual(
        newest,
        newest.toSorted((a, b) => b - a),
      )
    }),
  )

  it.live("puts an emitted story and its comments into the sequence", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const max: number = (yield* get(simulator, "/v0/maxitem.json")).json
      const story = simulator.publish({ platform: "hackernews", text: "Tom & Jerry" })
      assert.strictEqual(story.id, `hackernews:${max + 1}`)
      const comment = simulator.publish({ platform: "hackernews", kind: "comment", text: "1 < 2" })
      simulator.advance(2000)
      const body = (yield* get(simulator, `/v0/item/${max + 1}.json`)).json
      assert.strictEqual(body.title, "Tom & Jerry")
      assert.deepStrictEqual(body.kids, [Number(comment.id.split(":")[1])])
      assert.strictEqual(body.descendants, 1)
      const said = (yield* get(simulator, `/v0/item/${comment.id.split(":")[1]}.json`)).json
      assert.strictEqual(said.text, "1 &lt; 2")
      assert.strictEqual(said.parent, max + 1)
      assert.isTrue(simulator.retract(story.id))
      simulator.advance(2000)
      assert.isTrue((yield* get(simulator, `/v0/item/${max + 1}.json`)).json.deleted)
      assert.include((yield* get(simulator, "/v0/updates.json")).json.items, max + 1)
    }),
  )
})
