import { assert, describe, it } from "@effect/vitest"
import { zstdDecompressSync } from "node:zlib"
import { Effect } from "effect"
import { BUFFER_LIMIT } from "../../../src/platforms/bluesky/Jetstream.ts"
import { connect, EPOCH, get, refused, START, start, type Client } from "../../harness.ts"

const V2 = "/xrpc/network.bsky.jetstream.subscribeEvents"
const V1 = "/subscribe"
const POSTS = "collections=app.bsky.feed.post"
const WANTED = "wantedCollections=app.bsky.feed.post"

const payloads = (client: Client) => client.events().map((frame) => frame.payload)
const countOf = (signals: ReadonlyArray<{ readonly platform: string }>) => signals.length

describe("Jetstream v2", () => {
  it.live("replays from a time exactly what the truth holds, with its removals, then goes on live", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const planted = simulator.truth({ platform: "bluesky" }).signals
      const client = yield* connect(simulator, `${V2}?cursor=${EPOCH * 1000}&${POSTS}`)
      simulator.advance(1000)
      const last = simulator.publish({ text: "the last one" })
      yield* client.untilHas(last.id.split("/")[1]!)

      const seen = new Map<string, { readonly time: number; readonly text: string }>()
      const gone = new Set<string>()
      let seq = 0
      for (const event of payloads(client)) {
        assert.isAbove(event.seq, seq)
        seq = event.seq
        const id = `bluesky:${event.did}/${event.rkey}`
        if (event.$type.endsWith("#account")) {
          assert.strictEqual(event.account.active, event.account.status === undefined)
          for (const each of seen.keys()) {
            if (!each.startsWith(`bluesky:${event.did}/`)) continue
            if (event.account.active) gone.delete(each)
            else gone.add(each)
          }
        } else if (!event.$type.endsWith("#commit")) continue
        else if (event.operation === "delete") {
          assert.isUndefined(event.record ?? event.cid)
          gone.add(id)
        } else
          seen.set(id, {
            time: Math.min(Date.parse(event.record.createdAt), Math.floor(Date.parse(event.witnessedAt))),
            text: event.record.text,
          })
      }
      for (const signal of planted) {
        const found = seen.get(signal.id)
        assert.isDefined(found, signal.id)
        assert.strictEqual(found?.time, signal.publishedAt)
        assert.strictEqual(gone.has(signal.id), signal.removed !== null, signal.id)
      }
      assert.strictEqual(seen.size, countOf(simulator.truth({ platform: "bluesky" }).signals))
      assert.isAbove(gone.size, 100)
      assert.isTrue([...seen.values()].some(({ text }) => text === "the last one"))
    }),
  )

  it.live("begins at a seq inclusively, and at the tip without a cursor", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const first = yield* connect(simulator, `${V2}?cursor=${(START - 60_000) * 1000}`)
      yield* first.until(3)
      const [one, two] = payloads(first)
      const again = yield* connect(simulator, `${V2}?cursor=${one.seq}`)
      yield* again.until(2)
      assert.deepStrictEqual(payloads(again).slice(0, 2), [one, two])
      const byTime = yield* connect(
        simulator,
        `${V2}?cursor=${Date.parse(two.witnessedAt.slice(0, 23) + "Z") * 1000 + Number(two.witnessedAt.slice(23, 26))}`,
      )
      yield* byTime.until(1)
      assert.strictEqual(payloads(byTime)[0].seq, two.seq)

      const live = yield* connect(simulator, V2)
      const { id } = simulator.publish({ text: "now" })
      yield* live.until(1)
      assert.strictEqual(payloads(live)[0].rkey, id.split("/")[1])
    }),
  )

  it.live("refuses a seq below its floor and names the floor, clamps a time and says so, and tells of a future seq", () =>
    Effect.gen(function* () {
      const simulator = yield* start({ lookbackHours: 2 })
      const kept = yield* connect(simulator, `${V2}?cursor=${(START - 7_200_000) * 1000}&${POSTS}`)
      yield* kept.until(1)
      const floor: number = payloads(kept)[0].seq
      const old = yield* refused(simulator, `${V2}?cursor=${floor - 5000}`)
      assert.strictEqual(old.status, 400)
      assert.strictEqual(old.json.error, "CursorTooOld")
      assert.match(old.json.message, /cursor too old.*floor \d+/)
      const named = Number(/floor (\d+)/.exec(old.json.message)![1])
      assert.isAtMost(named, floor)

      const clamped = yield* connect(simulator, `${V2}?cursor=${EPOCH * 1000}`)
      yield* clamped.until(2)
      assert.strictEqual(payloads(clamped)[0].$type, "network.bsky.jetstream.subscribeEvents#info")
      assert.strictEqual(payloads(clamped)[0].name, "OutdatedCursor")
      assert.strictEqual(payloads(clamped)[1].seq, named)

      const future = yield* connect(simulator, `${V2}?cursor=999999999999`)
      const { id } = simulator.publish({ text: "tip" })
      yield* future.until(2)
      assert.strictEqual(payloads(future)[0].name, "FutureCursor")
      assert.strictEqual(payloads(future)[1].rkey, id.split("/")[1])
    }),
  )

  it.live("refuses every parameter that the endpoint refuses", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const many = (name: string, n: number, value: (i: number) => string) =>
        Array.from({ length: n }, (_, i) => `${name}=${value(i)}`).join("&")
      for (const [query, error, says] of [
        ["wantedCollections=app.bsky.feed.post", "InvalidRequest", /use collections/],
        ["wantedDids=did:plc:x", "InvalidRequest", /use dids/],
        ["requireHello=true", "InvalidRequest", /server-push only/],
        ["compress=true", "InvalidRequest", /zstdDictionary/],
        ["colections=app.bsky.feed.post", "InvalidRequest", /unknown parameter colections/],
        ["kinds=likes", "InvalidRequest", /unknown kind "likes"/],
        ["kinds=identity&collections=app.bsky.feed.post", "InvalidRequest", /can never apply/],
        ["collections=not_an_nsid.*", "InvalidRequest", /invalid collection wildcard/],
        ["collections=post", "InvalidRequest", /invalid collection/],
        [many("collections", 101, (i) => `app.bsky.feed.x${i}`), "InvalidRequest", /too many collections/],
        ["dids=bob", "InvalidRequest", /invalid DID/],
        ["zstdDictionary=banana", "InvalidRequest", /positive integer/],
        ["zstdDictionary=12345", "UnknownZstdDictionary", /12345; the current one is 20261122/],
        ["cursor=-1", "InvalidRequest", /invalid cursor/],
        ["cursor=soon", "InvalidRequest", /invalid cursor/],
        ["cursor=0", "CursorTooOld", /cursor too old/],
      ] as const) {
        const answer = yield* refused(simulator, `${V2}?${query}`)
        assert.strictEqual(answer.status, 400, query)
        assert.strictEqual(answer.json.error, error, query)
        assert.match(answer.json.message, says)
      }
      assert.strictEqual((yield* refused(simulator, "/elsewhere")).status, 404)
      assert.strictEqual((yield* get(simulator, V2)).status, 426)
    }),
  )

  it.live("hands out a dictionary, and compresses with it for those who name it, frame by frame the same", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const path = "/xrpc/network.bsky.jetstream.getZstdDictionary"
      const answer = yield* Effect.promise(() => fetch(simulator.url + path))
      assert.strictEqual(answer.headers.get("content-type"), "application/octet-stream")
      const dictionary = Buffer.from(yield* Effect.promise(() => answer.arrayBuffer()))
      assert.strictEqual(dictionary.readUInt32LE(0), 0xec30a437)
      const from = `cursor=${(START - 3_600_000) * 1000}&${POSTS}`
      const plain = yield* connect(simulator, `${V2}?${from}`)
      const packed = yield* connect(simulator, `${V2}?${from}&zstdDictionary=${dictionary.readUInt32LE(4)}`)
      yield* plain.until(200)
      yield* packed.until(200)
      assert.deepStrictEqual(packed.frames, [])
      const texts = packed.binary.slice(0, 200).map((frame) => zstdDecompressSync(frame, { dictionary }).toString())
      assert.deepStrictEqual(texts, plain.frames.slice(0, 200))
      const size = (frames: ReadonlyArray<string | Buffer>) => frames.reduce((sum, frame) => sum + Buffer.byteLength(frame), 0)
      assert.isBelow(size(packed.binary.slice(0, 200)), size(texts) / 2)
      assert.throws(() => zstdDecompressSync(packed.binary[0]!))
    }),
  )

  it.live("filters by collection, prefix, kind, account and size", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const from = `cursor=${(START - 6 * 3_600_000) * 1000}`
      const read = (query: string, count: number) =>
        Effect.scoped(
          Effect.gen(function* () {
            const client = yield* connect(simulator, `${V2}?${from}&${query}`)
            yield* client.until(count)
            return payloads(client)
          }),
        )
      const collections = (events: ReadonlyArray<{ collection?: string }>) => new Set(events.map((event) => event.collection))
      assert.deepStrictEqual([...collections(yield* read("collections=app.bsky.feed.like&kinds=commit", 300))], ["app.bsky.feed.like"])
      assert.deepStrictEqual([...collections(yield* read("collections=app.bsky.feed.*&kinds=commit", 1500))].toSorted(), [
        "app.bsky.feed.like",
        "app.bsky.feed.post",
        "app.bsky.feed.repost",
      ])
      const all = collections(yield* read("kinds=commit", 1500))
      assert.isTrue(all.has("app.bsky.feed.post") && all.has("app.bsky.actor.profile") && !all.has("app.bsky.feed.like"))
      const kinds = new Set((yield* read("kinds=identity&kinds=account", 20)).map((event) => event.$type.split("#")[1]))
      assert.deepStrictEqual([...kinds].toSorted(), ["account", "identity"])
      const [somebody] = yield* read(POSTS, 1)
      const own = yield* read(`dids=${somebody.did}`, 1)
      assert.isTrue(own.every((event) => event.did === somebody.did))
      const small = yield* Effect.scoped(
        Effect.gen(function* () {
          const client = yield* connect(simulator, `${V2}?${from}&kinds=commit&maxMessageSizeBytes=560`)
          yield* client.until(50)
          return client.frames
        }),
      )
      assert.isTrue(small.every((frame) => Buffer.byteLength(frame) <= 560))
    }),
  )

  it.live("speaks its subprotocol to whoever offers it, and to others as well", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const offered = yield* connect(simulator, V2, ["xrpc.v9.msgpack", "xrpc.v1.json"])
      assert.strictEqual(offered.socket.protocol, "xrpc.v1.json")
      const silent = yield* connect(simulator, V2)
      assert.strictEqual(silent.socket.protocol, "")
      simulator.publish()
      yield* silent.until(1)
      assert.strictEqual(silent.events()[0].$type, "message")
    }),
  )

  it.live("closes on any frame from the client", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const text = yield* connect(simulator, V2)
      text.socket.send("{}")
      assert.strictEqual(yield* text.closed, 1008)
      const ping = yield* connect(simulator, V2)
      ping.socket.ping()
      assert.strictEqual(yield* ping.closed, 1008)
    }),
  )

  it.live("waits for a slow reader with a bounded buffer and loses nothing to it", () =>
    Effect.gen(function* () {
      const simulator = yield* start({ rate: 2 })
      const planted = countOf(simulator.truth({ platform: "bluesky" }).signals)
      const slow = yield* connect(simulator, `${V2}?cursor=${EPOCH * 1000}&${POSTS}&kinds=commit`)
      slow.socket.pause()
      const quick = yield* connect(simulator, `${V2}?cursor=${EPOCH * 1000}&${POSTS}&kinds=commit`)
      yield* quick.until(planted)
      assert.isBelow(slow.frames.length, planted)
      assert.isAbove(simulator.mostBuffered(), BUFFER_LIMIT / 2)
      assert.isBelow(simulator.mostBuffered(), BUFFER_LIMIT + 65_536)
      simulator.advance(1000)
      const last = simulator.publish({ text: "the last one" }).id.split("/")[1]!
      slow.socket.resume()
      yield* slow.untilHas(last)
      yield* quick.untilHas(last)
      assert.strictEqual(slow.frames.length, quick.frames.length)
      assert.isTrue(slow.frames.every((frame, i) => frame === quick.frames[i]))
    }),
  )
})

describe("Jetstream v1", () => {
  it.live("sends its frozen frames, and looks back 36 hours without a word", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const client = yield* connect(simulator, `${V1}?${WANTED}&cursor=${EPOCH * 1000}`)
      yield* client.until(500)
      const [first] = client.events()
      assert.isAtLeast(first.time_us, (START - 36 * 3_600_000) * 1000)
      assert.isBelow(first.time_us, (START - 35.9 * 3_600_000) * 1000)
      const kinds = new Set(client.events().map((event) => event.kind))
      assert.isTrue(kinds.has("commit") && kinds.has("identity"))
      const post = client.events().find((event) => event.commit?.operation === "create")
      assert.sameMembers(Object.keys(post), ["did", "time_us", "kind", "commit"])
      assert.sameMembers(Object.keys(post.commit), ["rev", "operation", "collection", "rkey", "record", "cid"])
      assert.isTrue(client.events().every((event) => event.kind !== "commit" || event.commit.collection === "app.bsky.feed.post"))
    }),
  )

  it.live("takes a new filter from its client and closes on nonsense", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const hello = yield* connect(simulator, `${V1}?requireHello=true&cursor=${(START - 3_600_000) * 1000}`)
      hello.socket.send(JSON.stringify({ type: "options_update", payload: { wantedCollections: ["app.bsky.feed.like"] } }))
      yield* hello.until(50)
      assert.isTrue(hello.events().every((event) => event.kind !== "commit" || event.commit.collection === "app.bsky.feed.like"))
      const nonsense = yield* connect(simulator, V1)
      nonsense.socket.send("{")
      assert.strictEqual(yield* nonsense.closed, 1007)
      const wrong = yield* connect(simulator, V1)
      wrong.socket.send(JSON.stringify({ type: "options_update", payload: { wantedDids: ["bob"] } }))
      assert.strictEqual(yield* wrong.closed, 1008)
      assert.strictEqual((yield* refused(simulator, `${V1}?wantedCollections=post`)).status, 400)
      assert.strictEqual((yield* refused(simulator, `${V1}?compress=true`)).status, 400)
    }),
  )

  it.live("ignores parameters that it does not know, and starts at the tip for a future cursor", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const client = yield* connect(simulator, `${V1}?nonsense=1&cursor=${(START + 86_400_000) * 1000}`)
      const { id } = simulator.publish()
      yield* client.until(1)
      assert.strictEqual(client.events()[0].commit.rkey, id.split("/")[1])
    }),
  )
})
