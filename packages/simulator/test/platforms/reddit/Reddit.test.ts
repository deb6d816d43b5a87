import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { AGENT, type Answer, ask, grant, type Json, outcome, post, redditor, START, start } from "../../harness.ts"
import { cassetteBodies, data, differences, recordedIn, thingsIn } from "../../Recorded.ts"

interface Child {
  readonly kind: string
  readonly data: Json
}
const childrenOf = (answer: Answer): ReadonlyArray<Child> => answer.json.data.children
const names = (answer: Answer): ReadonlyArray<string> => childrenOf(answer).map(({ data: { name } }) => name)

describe("Reddit's tokens", () => {
  it.live("are given for the right credentials and grant, and expire", () =>
    Effect.gen(function* () {
      const simulator = yield* start({ reddit: { tokenSeconds: 600 } })
      const { status, json } = yield* grant(simulator)
      assert.strictEqual(status, 200)
      assert.deepStrictEqual({ ...json, access_token: "" }, { access_token: "", token_type: "bearer", expires_in: 600, scope: "*" })

      const wrong = yield* grant(simulator, "simulated-client:no")
      assert.strictEqual(wrong.status, 401)
      assert.deepStrictEqual(wrong.json, { message: "Unauthorized", error: 401 })
      const password = yield* grant(simulator, undefined, "grant_type=password&username=a&password=b")
      assert.deepStrictEqual([password.status, password.json], [200, { error: "unsupported_grant_type" }])

      const get = yield* redditor(simulator)
      assert.strictEqual((yield* get("/r/popular/new")).status, 200)
      simulator.advance(600_000)
      const expired = yield* get("/r/popular/new")
      assert.deepStrictEqual([expired.status, expired.json], [401, { message: "Unauthorized", error: 401 }])
      assert.strictEqual(expired.headers.get("www-authenticate"), 'Bearer realm="reddit", error="invalid_token"')
      assert.isNull(expired.headers.get("x-ratelimit-used"))
      assert.strictEqual((yield* (yield* redditor(simulator))("/r/popular/new")).status, 200)

      for (const authorization of ["bearer nobody", ""])
        assert.strictEqual((yield* ask(simulator, "/r/popular/new", { headers: { "user-agent": AGENT, authorization } })).status, 401)
    }),
  )

  it.live("die earlier than promised when told to", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const get = yield* redditor(simulator)
      simulator.advance(31_000)
      assert.strictEqual((yield* get("/api/info")).status, 200)
      simulator.setFaults({ tokenSeconds: 30 })
      assert.strictEqual((yield* get("/api/info")).status, 401)
      assert.strictEqual((yield* grant(simulator)).json.expires_in, 3600)
      assert.strictEqual(simulator.faultsDone["expiredToken"], 1)
    }),
  )

  it.live("are not for clients that do not say who they are", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const { json } = yield* grant(simulator)
      const as = (agent: string) =>
        ask(simulator, "/r/popular/new", { headers: { "user-agent": agent, authorization: `bearer ${json.access_token}` } })
      for (const agent of ["node", "undici", "python-requests/2.25.1 prawcore/2.0.0", "curl/8.5.0"]) {
        const refused = yield* as(agent)
        assert.deepStrictEqual([refused.status, refused.json], [429, { message: "Too Many Requests", error: 429 }], agent)
      }
      const blocked = yield* as("")
      assert.strictEqual(blocked.status, 403)
      assert.isUndefined(blocked.json)
      for (const agent of ["node:signalflow:1.0", "python:app:v1 (by /u/x)"]) assert.strictEqual((yield* as(agent)).status, 200, agent)
    }),
  )
})

describe("Reddit's budget", () => {
  it.live("is told with every answer, refuses what is over it, and is filled again", () =>
    Effect.gen(function* () {
      const simulator = yield* start({ reddit: { requestsPerMinute: 30, windowSeconds: 60 } })
      const get = yield* redditor(simulator)
      for (let used = 1; used <= 30; used++) {
        const { status, headers } = yield* get(used % 3 === 0 ? "/r/StaffCanteen/new" : "/subreddits/popular?limit=1")
        assert.strictEqual(status, used % 3 === 0 ? 403 : 200)
        assert.strictEqual(headers.get("x-ratelimit-used"), String(used))
        assert.strictEqual(headers.get("x-ratelimit-remaining"), `${30 - used}.0`)
        assert.strictEqual(headers.get("x-ratelimit-reset"), "60")
      }
      simulator.advance(20_000)
      const over = yield* get("/subreddits/popular")
      assert.deepStrictEqual([over.status, over.json], [429, { message: "Too Many Requests", error: 429 }])
      assert.strictEqual(over.headers.get("retry-after"), "40")
      assert.strictEqual(over.headers.get("x-ratelimit-remaining"), "0.0")
      simulator.advance(40_000)
      assert.strictEqual((yield* get("/subreddits/popular")).status, 200)
    }),
  )

  it.live("is a hundred a minute, averaged over ten minutes", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const get = yield* redditor(simulator)
      const { headers } = yield* get("/api/info")
      assert.strictEqual(headers.get("x-ratelimit-remaining"), "999.0")
      assert.strictEqual(headers.get("x-ratelimit-reset"), "600")
    }),
  )
})

describe("Reddit's listings", () => {
  it.live("are paged without a gap to about a thousand, newest first, and are what the truth holds", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const get = yield* redditor(simulator)
      const seen: Array<string> = []
      let after: string | null = ""
      let pages = 0
      while (after !== null) {
        const answer: Answer = yield* get(`/r/all/new?limit=500&raw_json=1&wat=ignored${after === "" ? "" : `&after=${after}`}`)
        assert.isAtMost(childrenOf(answer).length, 100)
        assert.strictEqual(answer.json.data.dist, childrenOf(answer).length)
        seen.push(...names(answer))
        after = answer.json.data.after
        pages++
      }
      assert.strictEqual(pages, 10)
      assert.strictEqual(seen.length, 1000)
      const posts = simulator
        .truth({ platform: "reddit" })
        .signals.filter(({ kind, removed }) => kind === "post" && removed === null)
        .toReversed()
      assert.deepStrictEqual(
        seen.map((name) => `reddit:${name}`),
        posts.slice(0, 1000).map(({ id }) => id),
      )
      assert.lengthOf(childrenOf(yield* get("/r/all/new")), 25)
    }),
  )

  it.live("hold several communities, leave closed ones out of several, and refuse them alone", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const get = yield* redditor(simulator)
      const places = (answer: Answer) => new Set(childrenOf(answer).map(({ data: { subreddit } }) => subreddit))
      assert.deepStrictEqual(
        places(yield* get("/r/modelwatchers+technology+StaffCanteen+BannedBarn+nowhere/new?limit=100")),
        new Set(["ModelWatchers", "technology"]),
      )
      const refusals = [
        ["/r/StaffCanteen/new", 403, { reason: "private", message: "Forbidden", error: 403 }],
        ["/r/BannedBarn/hot", 404, { reason: "banned", message: "Not Found", error: 404 }],
        ["/r/StaffCanteen+BannedBarn/new", 404, { message: "Not Found", error: 404 }],
        ["/r/technology/worst", 404, { message: "Not Found", error: 404 }],
        ["/comments/zzzzzz", 404, { message: "Not Found", error: 404 }],
      ] as const
      for (const [path, status, body] of refusals) {
        const answer = yield* get(path)
        assert.deepStrictEqual([answer.status, answer.json], [status, body], path)
        assert.isNotNull(answer.headers.get("x-ratelimit-used"))
      }
      const unknown = yield* get("/r/no_such_place/new")
      assert.deepStrictEqual([unknown.status, unknown.headers.get("location")], [302, "/subreddits/search?q=no_such_place"])
    }),
  )

  it.live("lose what is before a deleted anchor; from an unknown one on they begin anew", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const get = yield* redditor(simulator)
      const anchor = simulator.publish({ platform: "reddit", community: "ModelWatchers", text: "The anchor" }).id.slice(7)
      const later = simulator.publish({ platform: "reddit", community: "ModelWatchers", text: "Later" }).id.slice(7)
      simulator.advance(1)
      const path = `/r/ModelWatchers/new?limit=5&before=${anchor}`
      assert.deepStrictEqual(names(yield* get(path)), [later])
      assert.isTrue(simulator.retract(`reddit:${anchor}`))
      assert.deepStrictEqual(names(yield* get(path)), [])
      const older = names(yield* get(`/r/ModelWatchers/new?limit=5&after=${anchor}`))
      assert.lengthOf(older, 5)
      assert.isTrue(older.every((name) => name < anchor))
      assert.deepStrictEqual(names(yield* get("/r/ModelWatchers/new?limit=6&before=t3_zzzzzzzz")), [later, ...older])
    }),
  )

  it.live("are ranked by score, by score against age, and by speed", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const get = yield* redditor(simulator)
      const scores = (answer: Answer) => childrenOf(answer).map(({ data: { score } }) => score as number)
      const top = scores(yield* get("/r/popular/top?t=day&limit=50"))
      assert.deepStrictEqual(
        top,
        top.toSorted((a, b) => b - a),
      )
      const day = childrenOf(yield* get("/r/popular/top?limit=100"))
      assert.isTrue(day.every(({ data: { created_utc } }) => created_utc * 1000 >= START - 86_400_000))
      const hot = yield* get("/r/popular?limit=50")
      assert.deepStrictEqual(names(hot), names(yield* get("/r/popular/hot.json?limit=50")))
      assert.isAbove(
        scores(hot).reduce((a, b) => a + b),
        scores(yield* get("/r/popular/new?limit=50")).reduce((a, b) => a + b),
      )
      const rising = childrenOf(yield* get("/r/popular/rising?limit=20"))
      assert.isTrue(rising.every(({ data: { created_utc } }) => created_utc * 1000 > START - 4 * 3_600_000))
      simulator.advance(1_800_000)
      const before = new Map(childrenOf(hot).map(({ data: { name, score } }) => [name, score]))
      const after = childrenOf(yield* get(`/api/info?id=${names(hot).join(",")}`))
      assert.isTrue(after.every(({ data: { name, score } }) => score >= before.get(name)))
      assert.isTrue(after.some(({ data: { name, score } }) => score > before.get(name)))
    }),
  )

  it.live("name the popular communities by their size", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const get = yield* redditor(simulator)
      const first = yield* get("/subreddits/popular?limit=5")
      assert.strictEqual(childrenOf(first)[0]?.data.display_name, "news")
      const rest = yield* get(`/subreddits/popular?limit=100&after=${first.json.data.after}`)
      const all = [...childrenOf(first), ...childrenOf(rest)]
      assert.lengthOf(all, 17)
      assert.isTrue(all.every(({ kind, data: { subreddit_type } }) => kind === "t5" && subreddit_type === "public"))
      assert.isNull(rest.json.data.after)
      assert.strictEqual((yield* get("/r/PatchTonight/about")).json.data.name, "t5_9sim04")
    }),
  )
})

describe("Reddit's things", () => {
  it.live("are found by a hundred names a call, removed ones without their words and names", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const get = yield* redditor(simulator)
      const { signals } = simulator.truth({ platform: "reddit", until: START - 7_200_000 })
      const told = (ids: ReadonlyArray<string>) => get(`/api/info?raw_json=1&id=${ids.map((id) => id.slice(7)).join(",")}`)
      const ids = signals.slice(-100).map(({ id }) => id)
      assert.strictEqual((yield* told([...ids, signals[0]!.id])).status, 400)
      assert.isAtLeast(childrenOf(yield* told(ids)).length, 95)

      const gone = signals.filter(({ removed }) => removed !== null)
      const seen: Array<Child> = []
      for (let at = 0; at < gone.length; at += 100) seen.push(...childrenOf(yield* told(gone.slice(at, at + 100).map(({ id }) => id))))
      const removal = new Map(gone.map(({ id, removed }) => [id.slice(7), removed]))
      assert.isAbove(seen.length, 50)
      assert.isBelow(seen.length, gone.length)
      for (const { kind, data: thing } of seen) {
        const deleted = removal.get(thing.name) === "deleted"
        const words = kind === "t3" ? thing.selftext : thing.body
        assert.strictEqual(words, deleted ? "[deleted]" : "[removed]")
        if (kind === "t3") assert.strictEqual(thing.removed_by_category, deleted ? "deleted" : "moderator")
        if (!deleted && kind === "t3") continue
        assert.strictEqual(thing.author, "[deleted]")
        assert.isUndefined(thing.author_fullname)
      }
      const alive = childrenOf(
        yield* told(
          signals
            .filter(({ removed }) => removed === null)
            .slice(-100)
            .map(({ id }) => id),
        ),
      )
      assert.isTrue(alive.every(({ data: { body, selftext } }) => body !== "[removed]" && selftext !== "[deleted]"))
    }),
  )

  it.live("come as threads: nested, cut at the limit, with markers that count what is left out", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const get = yield* redditor(simulator)
      const pages = yield* get("/r/popular/hot?limit=100")
      const busiest = childrenOf(pages).toSorted((a, b) => b.data.num_comments - a.data.num_comments)[0]!.data
      interface Counted {
        shown: Array<string>
        left: number
        deepest: number
      }
      const walk = (listing: Json, depth: number, parent: string, counted: Counted): Counted => {
        for (const { kind, data: thing } of listing.data.children) {
          if (thing.count !== 0) assert.strictEqual(thing.parent_id, parent)
          assert.strictEqual(thing.depth, depth)
          if (kind === "more") counted.left += thing.count
          else {
            counted.shown.push(thing.name)
            counted.deepest = Math.max(counted.deepest, depth)
            assert.strictEqual(thing.link_id, busiest.name)
            if (thing.replies !== "") walk(thing.replies, depth + 1, thing.name, counted)
          }
        }
        return counted
      }
      const read = (query: string) =>
        Effect.map(get(`/comments/${busiest.id}?${query}`), ({ json }) => {
          assert.strictEqual(json[0].data.children[0].data.name, busiest.name)
          return walk(json[1], 0, busiest.name, { shown: [], left: 0, deepest: 0 })
        })
      const whole = yield* read("limit=500")
      assert.isAbove(whole.shown.length, 30)
      assert.isAtMost(whole.shown.length, busiest.num_comments)
      assert.isAbove(whole.deepest, 1)
      const cut = yield* read("limit=10")
      assert.lengthOf(cut.shown, 10)
      assert.strictEqual(cut.left + 10, whole.shown.length + whole.left)
      assert.strictEqual((yield* read("limit=500&depth=1")).deepest, 0)
      const planted = new Set(simulator.truth({ platform: "reddit" }).signals.map(({ id }) => id))
      assert.isTrue(whole.shown.every((name) => planted.has(`reddit:${name}`)))
    }),
  )

  it.live("are escaped unless asked for as they are", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const get = yield* redditor(simulator)
      const { id } = simulator.publish({ platform: "reddit", text: "<3 & more" })
      const title = (raw: string) => Effect.map(get(`/api/info?id=${id.slice(7)}${raw}`), (answer) => childrenOf(answer)[0]?.data.title)
      assert.strictEqual(yield* title(""), "&lt;3 &amp; more")
      assert.strictEqual(yield* title("&raw_json=1"), "<3 & more")
    }),
  )

  it.live("are published and taken back by command", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const get = yield* redditor(simulator)
      const posts = (yield* post(simulator, "/__emit", { platform: "reddit", count: 3, community: "PatchTonight", wait: true })).json
        .signals
      simulator.advance(1)
      const comments = (yield* post(simulator, "/__emit", { platform: "reddit", kind: "comment", batch: "talk", wait: true })).json.signals
      simulator.advance(1)
      const newest = yield* get("/r/PatchTonight/new?limit=3")
      assert.deepStrictEqual(
        names(newest).map((name) => `reddit:${name}`),
        posts.map(({ id }: { id: string }) => id).toReversed(),
      )
      const [about] = childrenOf(newest)
      const thread = (yield* get(`/comments/${about!.data.id}`)).json[1].data.children
      assert.strictEqual(`reddit:${thread[0].data.name}`, comments[0].id)
      assert.strictEqual(about!.data.num_comments, 1)
      assert.strictEqual((yield* post(simulator, "/__remove", { id: posts[0].id })).status, 200)
      assert.lengthOf(names(yield* get(`/r/PatchTonight/new?before=${names(newest)[2]}`)), 0)
      assert.strictEqual(simulator.truth({ platform: "reddit", batch: "talk" }).signals[0]?.kind, "comment")
    }),
  )
})

describe("Reddit's faults", () => {
  it.live("refuse, spoil, repeat and shuffle, and leave the good items whole", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const get = yield* redditor(simulator)
      const path = "/r/popular/new?limit=50"
      const good = names(yield* get(path))
      simulator.setFaults({ rateLimitRate: 1, rateLimitS: 7, only: "reddit" })
      const limited = yield* get(path)
      assert.deepStrictEqual([limited.status, limited.headers.get("retry-after")], [429, "7"])
      assert.strictEqual(yield* outcome(simulator, "/v0/maxitem.json"), "200")

      simulator.setFaults({ schemaRate: 1 })
      for (let n = 0; n < 20; n++) {
        const { status, json } = yield* get(path)
        assert.strictEqual(status, 200)
        assert.isFalse(Array.isArray(json?.data?.children))
      }
      simulator.setFaults({ malformRate: 1 })
      for (let n = 0; n < 20; n++) {
        const children = childrenOf(yield* get(path))
        assert.lengthOf(children, 51)
        const readable = children.filter((child) => typeof child?.data?.name === "string").map(({ data: { name } }) => name)
        assert.deepStrictEqual(readable, [...good])
      }
      simulator.setFaults({ reorderRate: 1 })
      const shuffled = names(yield* get(path))
      assert.notDeepEqual(shuffled, good)
      assert.deepStrictEqual(shuffled.toSorted(), good.toSorted())
      simulator.setFaults({ duplicateRate: 1 })
      yield* get(path)
      const second = names(yield* get(`${path}&after=${good.at(-1)}`))
      assert.deepStrictEqual(second.slice(0, 50), good)
      assert.lengthOf(second, 100)
    }),
  )
})

const SAME = { missing: [], strange: [], unknown: [] }

const bodies = () => [...recordedIn("reddit", "listings"), ...cassetteBodies("praw", 2021)]

describe.skipIf(data === "")("Reddit's shapes", () => {
  it.live("are those of the recorded things, field by field and type by type", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const get = yield* redditor(simulator)
      const recorded = thingsIn(bodies())
      const fieldsOf = (things: typeof recorded, wanted: string) => things.filter(({ kind }) => kind === wanted).map(({ fields }) => fields)
      const signals = simulator.truth({ platform: "reddit" }).signals.filter(({ removed }) => removed === null)
      const info = (ids: ReadonlyArray<string>) => get(`/api/info?id=${ids.map((id) => id.slice(7)).join(",")}`)
      const posts = thingsIn(
        (yield* info(
          signals
            .filter(({ kind }) => kind === "post")
            .slice(-90)
            .map(({ id }) => id),
        )).json,
      )
      const comments = thingsIn(
        (yield* info(
          signals
            .filter(({ kind }) => kind === "comment")
            .slice(-90)
            .map(({ id }) => id),
        )).json,
      )

      // The recorded listings hold posts of deleted accounts: what those lack is not asked for.
      const t3 = differences(fieldsOf(recorded, "t3"), fieldsOf(posts, "t3"))
      assert.deepStrictEqual(t3, SAME)
      const t1 = differences(fieldsOf(recorded, "t1"), fieldsOf(comments, "t1"))
      assert.deepStrictEqual(t1, SAME)
      const lists = differences(fieldsOf(recorded, "Listing"), fieldsOf(posts, "Listing"))
      assert.deepStrictEqual(lists, SAME)
      const communities = differences(
        fieldsOf(thingsIn(recordedIn("reddit", "go-reddit")), "t5"),
        fieldsOf(thingsIn((yield* get("/subreddits/popular?limit=50")).json), "t5"),
      )
      assert.deepStrictEqual(communities, SAME)
    }),
  )

  it.live("are those of recorded threads", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const get = yield* redditor(simulator)
      const busiest = childrenOf(yield* get("/r/popular/hot?limit=100")).toSorted((a, b) => b.data.num_comments - a.data.num_comments)[0]!
      const ours = thingsIn((yield* get(`/comments/${busiest.data.id}?limit=20`)).json)
      const recorded = thingsIn(cassetteBodies("praw", 2016))
      for (const kind of ["more", "Listing"]) {
        const found = differences(
          recorded.filter((each) => each.kind === kind && (kind !== "more" || "depth" in each.fields)).map(({ fields }) => fields),
          ours.filter((each) => each.kind === kind).map(({ fields }) => fields),
        )
        assert.deepStrictEqual([kind, found.missing, found.strange], [kind, [], []])
      }
      const nested = thingsIn(recordedIn("reddit", "go-reddit")).filter(({ kind }) => kind === "t1")
      const replies = ours.filter(({ kind }) => kind === "t1")
      const found = differences(
        nested.map(({ fields }) => fields),
        replies.map(({ fields }) => fields),
      )
      assert.deepStrictEqual([found.missing, found.strange], [[], []])
    }),
  )
})
