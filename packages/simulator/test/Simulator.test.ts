import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { make } from "../src/Simulator.ts"
import { type Answer, ask, connect, EPOCH, get, type Json, outcome, post, START, start } from "./harness.ts"

const EVENTS = "/xrpc/network.bsky.jetstream.subscribeEvents"
const tally = (outcomes: ReadonlyArray<string>) =>
  Object.fromEntries([...new Set(outcomes)].map((each) => [each, outcomes.filter((other) => other === each).length]))

describe("the truth", () => {
  it.live("is paged without a gap and filtered by time and platform", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      for (const platform of ["reddit", "youtube"]) simulator.truth({ platform, limit: 1 })
      const all = simulator.truth().signals
      assert.deepStrictEqual([...new Set(all.map(({ platform }) => platform))], ["hackernews", "bluesky", "reddit", "youtube"])
      const paged: Array<string> = []
      let after: string | null = ""
      while (after !== null) {
        const { json }: Answer = yield* get(simulator, `/__truth?limit=3000${after === "" ? "" : `&after=${after}`}`)
        paged.push(...json.signals.map((signal: { id: string }) => signal.id))
        after = json.next
      }
      assert.deepStrictEqual(
        paged,
        all.map(({ id }) => id),
      )
      assert.strictEqual(new Set(paged).size, paged.length)
      const [since, until] = [START - 7_200_000, START - 3_600_000]
      const { json } = yield* get(simulator, `/__truth?platform=bluesky&since=${since}&until=${until}`)
      assert.deepStrictEqual(
        json.signals,
        all.filter((signal) => signal.platform === "bluesky" && signal.shownAt >= since && signal.shownAt < until),
      )
      const summary = (yield* get(simulator, "/__truth/summary")).json
      const counts: ReadonlyArray<{ signals: number; removed: number }> = Object.values(summary.counts)
      const sum = (of: (count: (typeof counts)[number]) => number) => counts.reduce((total, count) => total + of(count), 0)
      assert.strictEqual(
        sum(({ signals }) => signals),
        all.length,
      )
      assert.strictEqual(
        sum(({ removed }) => removed),
        all.filter(({ removed }) => removed !== null).length,
      )
      for (const query of ["limit=0", "limit=x", "since=x", "platform=myspace"])
        assert.strictEqual((yield* get(simulator, `/__truth?${query}`)).status, 400)
    }),
  )

  it.live("knows copies, spam, removals of every kind and posts dated wrongly", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const { signals } = simulator.truth()
      const ids = new Set(signals.map(({ id }) => id))
      const copies = signals.filter(({ copyOf }) => copyOf !== null)
      assert.isAbove(copies.length, 50)
      assert.isTrue(copies.every(({ copyOf }) => ids.has(copyOf!)))
      assert.isAbove(signals.filter(({ spam }) => spam).length, 20)
      for (const platform of ["hackernews", "bluesky"]) {
        for (const removed of ["deleted", "hidden"])
          assert.isTrue(
            signals.some((signal) => signal.platform === platform && signal.removed === removed),
            `${platform} ${removed}`,
          )
      }
      assert.isTrue(signals.every(({ publishedAt, shownAt }) => publishedAt <= shownAt && shownAt <= START))
      assert.isTrue(signals.some(({ publishedAt, shownAt }) => shownAt - publishedAt > 86_400_000))
    }),
  )
})

describe("emission", () => {
  it.live("sends every signal once, dated when it went out, and plants it in the truth", () =>
    Effect.gen(function* () {
      const simulator = yield* make({ seed: 3, historyHours: 1 })
      const client = yield* connect(simulator, `${EVENTS}?collections=app.bsky.feed.post&kinds=commit`)
      const before = Date.now()
      const { json } = yield* post(simulator, "/__emit", { count: 400, perSecond: 2000, batch: "load", wait: true })
      const after = Date.now()
      assert.lengthOf(json.signals, 400)
      assert.isAtLeast(after - before, 190)
      yield* client.untilHas(json.signals.at(-1).id.split("/")[1])
      const received = client
        .events()
        .map(({ payload }) => ({ id: `bluesky:${payload.did}/${payload.rkey}`, publishedAt: Date.parse(payload.record.createdAt) }))
      const mine = new Set(json.signals.map((signal: { id: string }) => signal.id))
      assert.strictEqual(mine.size, 400)
      assert.deepStrictEqual(
        received.filter(({ id }) => mine.has(id)),
        json.signals,
      )
      const planted = (yield* get(simulator, "/__truth?batch=load")).json.signals
      assert.deepStrictEqual(
        planted.map(({ id, publishedAt }: { id: string; publishedAt: number }) => ({ id, publishedAt })),
        json.signals,
      )
      assert.isTrue(planted.every(({ publishedAt }: { publishedAt: number }) => publishedAt >= before && publishedAt <= after))
      const story = (yield* post(simulator, "/__emit", { platform: "hackernews", count: 2, wait: true })).json.signals[1].id
      const item = (yield* get(simulator, `/v0/item/${story.split(":")[1]}.json`)).json
      assert.strictEqual(item.type, "story")
      assert.strictEqual((yield* get(simulator, "/v0/maxitem.json")).json, item.id)
      assert.strictEqual((yield* post(simulator, "/__remove", { id: planted[0].id })).status, 200)
      assert.strictEqual((yield* post(simulator, "/__remove", { id: planted[0].id })).status, 404)
      assert.strictEqual((yield* get(simulator, "/__truth?batch=load&limit=1")).json.signals[0].removed, "deleted")
    }),
  )

  it.live("carries odd texts unharmed and goes on in the background", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const client = yield* connect(simulator, `${EVENTS}?kinds=commit`)
      const text = `\u0000 ${"w".repeat(20_000)} \ud800`
      assert.strictEqual((yield* post(simulator, "/__emit", JSON.stringify({ text, createdAt: "9999-12-31T23:59:59Z" }))).status, 202)
      yield* client.until(1)
      assert.strictEqual(client.events()[0].payload.record.text, text)
      assert.strictEqual(client.events()[0].payload.record.createdAt, "9999-12-31T23:59:59Z")
      assert.strictEqual((yield* get(simulator, "/__truth/summary")).json.emissions[0].emitted, 1)
    }),
  )

  it.live("says what is wrong with a request", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      for (const [body, says] of [
        [{ count: 0 }, /count is 0/],
        [{ perSecond: -1 }, /perSecond is -1/],
        [{ platform: "myspace" }, /platform is "myspace"/],
        [{ platform: "hackernews", kind: "post" }, /hackernews has no post/],
        [{ batch: "a b" }, /batch must be/],
        [{ cuont: 1 }, /cuont is not known/],
        [{ platform: "reddit", kind: "story" }, /reddit has no story: post or comment/],
        [{ platform: "youtube", community: 7 }, /community must be/],
        [{ count: 1_000_001 }, /count is 1000001/],
        ["{", /not valid JSON/],
        [[], /JSON object/],
      ] as const) {
        const answer = yield* post(simulator, "/__emit", body)
        assert.strictEqual(answer.status, 400)
        assert.match(answer.json.error, says)
      }
      assert.strictEqual((yield* post(simulator, "/__nothing", {})).status, 404)
    }),
  )
})

describe("faults", () => {
  it.live("break HTTP answers as often as asked, on the protocol that is named", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const path = "/v0/topstories.json"
      const many = (n: number) => Effect.forEach(Array.from({ length: n }), () => outcome(simulator, path))
      assert.deepStrictEqual(tally(yield* many(20)), { "200": 20 })
      assert.strictEqual((yield* post(simulator, "/__faults", { errorRate: 0.3, truncateRate: 0.2, closeRate: 0.2 })).status, 200)
      const found = tally(yield* many(200))
      const errors = (found["500"] ?? 0) + (found["502"] ?? 0) + (found["503"] ?? 0)
      assert.isAbove(errors, 35)
      assert.isAbove(found["truncated"] ?? 0, 20)
      assert.isAbove(found["ECONNRESET"] ?? 0, 20)
      assert.isAbove(found["200"] ?? 0, 35)
      simulator.setFaults({ errorRate: 1, only: "algolia" })
      assert.strictEqual(yield* outcome(simulator, path), "200")
      assert.match(yield* outcome(simulator, "/api/v1/search_by_date"), /^50/)
      simulator.setFaults({ hangRate: 1 })
      const hung = yield* outcome(simulator, path).pipe(Effect.timeoutOption("200 millis"))
      assert.strictEqual(hung._tag, "None")
      simulator.setFaults({ delayMs: 150 })
      const began = performance.now()
      assert.strictEqual(yield* outcome(simulator, path), "200")
      assert.isAtLeast(performance.now() - began, 145)
    }),
  )

  it.live("strike every protocol alike: refusals, late clocks, cut, closed and doubled answers", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const path = "/youtube/v3/videos?part=id&chart=mostPopular&maxResults=5&key=simulated-key"
      const good: ReadonlyArray<Json> = (yield* get(simulator, path)).json.items
      simulator.setFaults({ truncateRate: 1, only: "youtube" })
      assert.strictEqual(yield* outcome(simulator, path), "truncated")
      simulator.setFaults({ closeRate: 1, only: "youtube" })
      assert.strictEqual(yield* outcome(simulator, path), "ECONNRESET")
      simulator.setFaults({ errorRate: 1, only: "youtube" })
      assert.match(yield* outcome(simulator, path), /^50/)
      simulator.setFaults({ rateLimitRate: 1, rateLimitS: 3 })
      for (const each of [path, "/v0/maxitem.json", "/api/v1/search_by_date"]) {
        const { status, headers } = yield* ask(simulator, each)
        assert.deepStrictEqual([status, headers.get("retry-after")], [429, "3"])
      }
      simulator.setFaults({ clockSkewMs: -3_600_000 })
      const date = Date.parse((yield* ask(simulator, path)).headers.get("date") ?? "")
      assert.isBelow(Math.abs(Date.now() - 3_600_000 - date), 60_000)
      simulator.setFaults({ duplicateRate: 1 })
      const doubled: ReadonlyArray<Json> = (yield* get(simulator, path)).json.items
      assert.deepStrictEqual(doubled, [...good, ...good])
      const hits: ReadonlyArray<Json> = (yield* get(simulator, "/api/v1/search_by_date?hitsPerPage=10")).json.hits
      assert.lengthOf(hits, 20)
      simulator.setFaults({ reorderRate: 1 })
      const stories: ReadonlyArray<number> = (yield* get(simulator, "/v0/newstories.json")).json
      simulator.setFaults({})
      const sorted: ReadonlyArray<number> = (yield* get(simulator, "/v0/newstories.json")).json
      assert.notDeepEqual(stories, sorted)
      assert.sameMembers([...stories], [...sorted])
    }),
  )

  it.live("withhold new items for a while", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      simulator.setFaults({ nullRate: 1, nullForMs: 30_000 })
      const id = simulator.publish({ platform: "hackernews" }).id.split(":")[1]
      assert.strictEqual((yield* get(simulator, `/v0/item/${id}.json`)).text, "null")
      simulator.advance(31_000)
      assert.strictEqual((yield* get(simulator, `/v0/item/${id}.json`)).json.id, Number(id))
    }),
  )

  it.live("put unreadable frames and doubles beside the good ones, which all arrive", () =>
    Effect.gen(function* () {
      const simulator = yield* start({ faults: { malformedEvery: 10, duplicateEvery: 7 } })
      const from = START - 3_600_000
      const planted = simulator.truth({ platform: "bluesky", since: from }).signals
      const client = yield* connect(simulator, `${EVENTS}?collections=app.bsky.feed.post&cursor=${from * 1000}`)
      const last = simulator.publish({ text: "end" }).id.split("/")[1]!
      yield* client.untilHas(last)
      const ids: Array<string> = []
      let unreadable = 0
      for (const frame of client.frames) {
        try {
          const { payload } = JSON.parse(frame)
          if (payload.record !== undefined && typeof payload.did === "string") ids.push(`bluesky:${payload.did}/${payload.rkey}`)
          else if (!payload.$type.match(/#(identity|account|commit)$/)) unreadable++
        } catch {
          unreadable++
        }
      }
      assert.isAbove(unreadable, 5)
      assert.isAbove(simulator.faultsDone["duplicate"] ?? 0, 5)
      const seen = new Set(ids)
      assert.isAbove(ids.length, seen.size)
      assert.deepStrictEqual(
        planted.filter(({ id }) => !seen.has(id)),
        [],
      )
    }),
  )

  it.live("break, stall and refuse sockets", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const path = `${EVENTS}?cursor=${EPOCH * 1000}`
      simulator.setFaults({ breakAfter: 100 })
      const broken = yield* connect(simulator, path)
      assert.strictEqual(yield* broken.closed, 1006)
      assert.isAtMost(broken.frames.length, 101)

      simulator.setFaults({ stall: true })
      const stalled = yield* connect(simulator, EVENTS)
      simulator.publish({ text: "held back" })
      yield* get(simulator, "/__faults")
      assert.lengthOf(stalled.frames, 0)
      simulator.setFaults({})
      yield* stalled.untilHas("held back")

      simulator.setFaults({ tooSlow: true })
      yield* stalled.closed
      assert.include(stalled.frames.at(-1), '"error":"ConsumerTooSlow"')
      assert.strictEqual(stalled.events().at(-1).$type, "error")
    }),
  )

  it.live("are refused when they are none", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      for (const [body, says] of [
        [{ eror: 1 }, /eror is no fault/],
        [{ errorRate: 2 }, /errorRate is 2/],
        [{ stall: 1 }, /stall is 1/],
        [{ only: "myspace" }, /only is/],
        [{ clockSkewMs: 1e9 }, /clockSkewMs is 1000000000: a number from -86400000/],
        [{ quotaGone: 1 }, /quotaGone is 1: true or false/],
      ] as const) {
        const answer = yield* post(simulator, "/__faults", body)
        assert.strictEqual(answer.status, 400)
        assert.match(answer.json.error, says)
      }
    }),
  )
})

describe("the program", () => {
  it.live("says what is wrong with its options", () =>
    Effect.gen(function* () {
      const running = yield* make({ historyHours: 1 })
      const taken = yield* Effect.flip(make({ port: running.port, historyHours: 1 }))
      assert.match(taken.message, new RegExp(`cannot listen on 127.0.0.1:${running.port}`))
      assert.match((yield* Effect.flip(make({ speed: 0 }))).message, /speed is 0/)
      assert.match((yield* Effect.flip(make({ historyHours: 1000 }))).message, /historyHours is 1000/)
      assert.match((yield* Effect.flip(make({ recordings: "/nonexistent" }))).message, /\/nonexistent holds no recordings/)
    }),
  )

  it.live("dates nothing later than the reader's clock, and ends with its scope", () =>
    Effect.gen(function* () {
      const { url, signals } = yield* Effect.scoped(
        Effect.gen(function* () {
          const simulator = yield* make({ speed: 20, historyHours: 2 })
          return { url: simulator.url, signals: simulator.truth().signals }
        }),
      )
      assert.isAbove(signals.length, 300)
      assert.isTrue(signals.every(({ shownAt, publishedAt }) => shownAt <= Date.now() && publishedAt <= shownAt))
      const gone = yield* Effect.promise(() =>
        fetch(`${url}/v0/maxitem.json`).then(
          () => false,
          () => true,
        ),
      )
      assert.isTrue(gone)
    }),
  )

  it.live("runs as a child, tells its port, and ends with its parent", () =>
    Effect.gen(function* () {
      const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))
      const child = spawn(process.execPath, [main, "--history", "1", "--parent"], { stdio: ["pipe", "pipe", "inherit"] })
      const line = yield* Effect.promise(
        () => new Promise<string>((resolve) => child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString()))),
      )
      const { port } = JSON.parse(line)
      const answer = yield* Effect.promise(() => fetch(`http://127.0.0.1:${port}/v0/maxitem.json`).then((response) => response.json()))
      assert.isAbove(answer as number, 900_000_000)
      child.stdin.end()
      const code = yield* Effect.promise(() => new Promise((resolve) => child.once("exit", resolve)))
      assert.strictEqual(code, 0)
      const wrong = spawn(process.execPath, [main, "--speed", "fast"], { stdio: ["ignore", "ignore", "pipe"] })
      let said = ""
      wrong.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()))
      assert.strictEqual(yield* Effect.promise(() => new Promise((resolve) => wrong.once("exit", resolve))), 2)
      assert.match(said, /--speed is "fast"/)
    }),
  )
})
