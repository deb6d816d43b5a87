import { LivePublisher } from "@signalflow/domain/live/LiveFeed"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Layer, Scope } from "effect"
import { IpNetwork } from "effect/net"
import { MAX_OF_ADDRESS, MAX_OF_ALL } from "../../src/live/Waiting.ts"
import { ServerAddress } from "../../src/Server.ts"
import { ask, item, layer, signIn } from "../TestServer.ts"
import { type Client, connect } from "./Client.ts"

const publish = (...items: ReadonlyArray<ReturnType<typeof item>>) => Effect.flatMap(LivePublisher, (publisher) => publisher.publish(items))

const open = Effect.gen(function* () {
  const session = yield* signIn
  const client = yield* connect(`${session.url}/ws/signals/`)
  yield* client.until("open", ({ socket }) => socket.readyState === socket.OPEN)
  client.say({ type: "auth", token: session.access })
  yield* client.until("hello", ({ frames }) => frames.length > 0)
  return { ...session, client }
})

describe("the live socket", () => {
  it.live("no socket is open without a token: none, a wrong one, one in the URL, another page, another host", () =>
    Effect.gen(function* () {
      const { url } = yield* ServerAddress
      const { access } = yield* signIn
      const refusals = [
        [401, { headers: { authorization: "Bearer nope" } }, ""],
        [401, { protocols: ["signalflow.v1", "a.b.c"] }, ""],
        [400, {}, `?token=${access}`],
        [400, {}, `?access_token=${access}`],
        [403, { headers: { origin: "http://evil.example", authorization: `Bearer ${access}` } }, ""],
        [421, { headers: { host: "evil.example", authorization: `Bearer ${access}` } }, ""],
      ] as const
      for (const [status, options, query] of refusals) {
        const client = yield* connect(`${url}/ws/signals/${query}`, options)
        yield* client.until("refusal", ({ refused }) => refused !== undefined)
        assert.strictEqual(client.refused?.status, status, JSON.stringify(options))
        assert.strictEqual(JSON.parse(client.refused!.body).status, status)
      }
      const elsewhere = yield* connect(`${url}/ws/other`)
      yield* elsewhere.until("refusal", ({ refused }) => refused !== undefined)
      assert.strictEqual(elsewhere.refused?.status, 404)

      for (const first of ['{"type":"subscribe"}', '{"type":"auth","token":"nope"}', "not json"]) {
        const client = yield* connect(`${url}/ws/signals/`)
        yield* client.until("open", ({ socket }) => socket.readyState === socket.OPEN)
        yield* publish(item("hackernews:1"))
        client.say(first)
        yield* client.until("close", ({ closed }) => closed !== undefined)
        assert.strictEqual(client.closed?.code, 4401, first)
        assert.deepStrictEqual(client.frames, [])
      }
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )

  it.live("the subprotocol is answered without the token, and a client that never subscribes gets everything after hello", () =>
    Effect.gen(function* () {
      const { url, access } = yield* signIn
      const client = yield* connect(`${url}/ws/signals`, { protocols: ["signalflow.v1", access] })
      yield* client.until("hello", ({ frames }) => frames.length > 0)
      assert.strictEqual(client.socket.protocol, "signalflow.v1")
      yield* publish(item("hackernews:1"), item("bluesky:2"))
      yield* client.until("both", ({ offsets }) => offsets.length === 2)
      assert.deepStrictEqual(
        client.of("signal").map(({ signal }) => signal.id),
        ["hackernews:1", "bluesky:2"],
      )
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )

  it.live("only what matches the filter comes, removals of the platform too; a new filter replaces the old", () =>
    Effect.gen(function* () {
      const { client } = yield* open
      client.say({ type: "subscribe", filter: { platforms: ["bluesky"], topics: ["chips"] } })
      yield* client.until("place", () => client.of("position").length === 1)
      yield* publish(
        item("hackernews:1", { topics: ["chips"] }),
        item("bluesky:2", { topics: ["cats"] }),
        item("bluesky:3", { topics: ["cats", "chips"] }),
      )
      yield* Effect.flatMap(LivePublisher, (publisher) =>
        publisher.publish([
          { _tag: "Removed", id: "hackernews:9" },
          { _tag: "Removed", id: "bluesky:9" },
        ]),
      )
      yield* client.until("removal", () => client.of("removed").length === 1)
      assert.deepStrictEqual(client.offsets, [3])
      assert.deepStrictEqual(
        client.of("removed").map(({ id, offset }) => [id, offset]),
        [["bluesky:9", 5]],
      )
      client.say({ type: "subscribe", filter: { kinds: ["story"] } })
      yield* client.until("place", () => client.of("position").length === 2)
      yield* publish(item("bluesky:6", { topics: ["chips"] }), item("hackernews:7", { kind: "story" }))
      yield* client.until("story", () => client.offsets.length === 2)
      assert.deepStrictEqual(client.offsets, [3, 7])
      client.say('{"type":"subscribe","filter":{"platforms":3}}')
      yield* client.until("error", () => client.of("error").length === 1)
      assert.include(client.of("error")[0]!.message, "platforms")
      client.say('{"type":"subscribe","filter":{"platform":["bluesky"],"author":["ann"]}}')
      yield* client.until("error", () => client.of("error").length === 2)
      assert.include(client.of("error")[1]!.message, "filter.platform: is not known, did you mean platforms?")
      assert.include(client.of("error")[1]!.message, "filter.author: is not known: a filter has platforms, communities, topics, kinds")
      yield* publish(item("bluesky:8"), item("hackernews:9", { kind: "story" }))
      yield* client.until("the old filter", () => client.offsets.length === 3)
      assert.deepStrictEqual(client.offsets, [3, 7, 9])
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )

  it.live("a client that comes back with its last offset gets exactly what it missed, in order, then what comes", () =>
    Effect.gen(function* () {
      const { client, url, bearer } = yield* open
      client.say({ type: "subscribe" })
      yield* client.until("place", () => client.of("position").length === 1)
      yield* publish(item("bluesky:1"), item("bluesky:2"))
      yield* client.until("two", ({ offsets }) => offsets.length === 2)
      const { epoch, offset } = client.of("signal").at(-1)!
      client.socket.terminate()
      yield* Effect.forEach([3, 4, 5], (n) => publish(item(`bluesky:${n}`)))

      const again = yield* connect(`${url}/ws/signals/`, { headers: bearer })
      yield* again.until("hello", ({ frames }) => frames.length > 0)
      again.say({ type: "subscribe", resume: { epoch, offset } })
      yield* again.until("three", ({ offsets }) => offsets.length === 3)
      yield* publish(item("bluesky:6"))
      yield* again.until("four", ({ offsets }) => offsets.length === 4)
      assert.deepStrictEqual(again.offsets, [3, 4, 5, 6])
      assert.deepStrictEqual(again.of("gap"), [])

      const stranger = yield* connect(`${url}/ws/signals/`, { headers: bearer })
      yield* stranger.until("hello", ({ frames }) => frames.length > 0)
      stranger.say({ type: "subscribe", resume: { epoch: "another", offset: 2 } })
      yield* stranger.until("place", () => stranger.of("position").length === 1)
      assert.strictEqual(stranger.of("gap").length, 1)
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )

  it.live("what history no longer holds is told as a gap", () =>
    Effect.gen(function* () {
      const { client, url, bearer } = yield* open
      client.say({ type: "subscribe" })
      yield* publish(item("bluesky:0"))
      yield* client.until("one", ({ offsets }) => offsets.length === 1)
      const { epoch, offset } = client.of("signal")[0]!
      client.socket.terminate()
      for (let batch = 0; batch < 13; batch++)
        yield* publish(...Array.from({ length: 500 }, (_, n) => item(`bluesky:${batch * 500 + n + 1}`)))

      const again = yield* connect(`${url}/ws/signals/`, { headers: bearer })
      yield* again.until("hello", ({ frames }) => frames.length > 0)
      again.say({ type: "subscribe", resume: { epoch, offset } })
      yield* again.until("the end", ({ offsets }) => offsets.at(-1) === 6_501)
      const [told] = again.of("gap")
      assert.deepStrictEqual([told?.from, told?.to], [2, again.offsets[0]! - 1])
      assert.deepStrictEqual(
        again.offsets,
        Array.from({ length: again.offsets.length }, (_, n) => again.offsets[0]! + n),
      )
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )

  it.live("a client that does not read is skipped and told what it missed; its neighbour gets everything", () =>
    Effect.gen(function* () {
      const { client: slow, url, bearer } = yield* open
      const quick = yield* connect(`${url}/ws/signals/`, { headers: bearer })
      yield* quick.until("hello", ({ frames }) => frames.length > 0)
      for (const client of [slow, quick]) {
        client.say({ type: "subscribe" })
        yield* client.until("place", () => client.of("position").length === 1)
      }
      slow.socket.pause()
      const body = "x".repeat(10_000)
      const total = 3_000
      for (let n = 1; n <= total; n++) {
        yield* publish(item(`bluesky:${n}`, { body }))
        if (n % 50 === 0) yield* quick.until("the batch", ({ offsets }) => offsets.length === n)
      }
      assert.strictEqual(quick.offsets.length, total)
      slow.socket.resume()
      yield* slow.until("gap", () => slow.of("gap").length > 0)
      yield* publish(item("bluesky:last"))
      yield* slow.until("the last", ({ offsets }) => offsets.at(-1) === total + 1)
      const missed = slow.of("gap").flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, n) => from + n))
      assert.isAbove(missed.length, 0)
      const known = [...slow.offsets, ...missed].sort((a, b) => a - b)
      assert.deepStrictEqual(
        known,
        Array.from({ length: total + 1 }, (_, n) => n + 1),
      )
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )

  it.live("a message over 16 KB, a binary one and a flood of them close the socket, and only it", () =>
    Effect.gen(function* () {
      const { client: neighbour, url, bearer } = yield* open
      const broken = [
        [1009, (say: (text: string | Buffer) => void) => say(`{"type":"subscribe","x":"${"y".repeat(17_000)}"}`)],
        [1003, (say: (text: string | Buffer) => void) => say(Buffer.from([1, 2, 3]))],
        [1008, (say: (text: string | Buffer) => void) => Array.from({ length: 100 }, () => say("{}"))],
      ] as const
      for (const [code, misbehave] of broken) {
        const client = yield* connect(`${url}/ws/signals/`, { headers: bearer })
        yield* client.until("hello", ({ frames }) => frames.length > 0)
        misbehave((data) => client.socket.send(data))
        yield* client.until("close", ({ closed }) => closed !== undefined)
        assert.strictEqual(client.closed?.code, code)
      }
      yield* publish(item("bluesky:1"))
      yield* neighbour.until("its frame", ({ offsets }) => offsets.length === 1)
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )

  it.live("sockets without a token are few for one address and in all; who shows one with the upgrade needs no such place", () =>
    Effect.gen(function* () {
      const { url } = yield* ServerAddress
      const from = (address: string) => connect(`${url}/ws/signals/`, { headers: { "x-forwarded-for": address } })
      const open = (client: Client) => client.until("open", ({ socket }) => socket.readyState === socket.OPEN)
      const full = (client: Client) =>
        client
          .until("refusal", ({ refused }) => refused !== undefined)
          .pipe(Effect.andThen(Effect.sync(() => assert.strictEqual(client.refused?.status, 503))))
      const { access, bearer } = yield* signIn
      const crowd = Array.from({ length: MAX_OF_ALL }, (_, n) => `198.51.100.${Math.floor(n / MAX_OF_ADDRESS)}`)
      const mine = yield* Effect.forEach(crowd.slice(0, MAX_OF_ADDRESS), from)
      yield* Effect.forEach(mine, open)
      yield* full(yield* from("198.51.100.0"))
      yield* open(yield* from("198.51.100.1"))
      yield* Effect.forEach(yield* Effect.forEach(crowd.slice(MAX_OF_ADDRESS + 1), from), open)
      yield* full(yield* from("203.0.113.9"))
      for (const options of [{ headers: bearer }, { protocols: ["signalflow.v1", access] }]) {
        const known = yield* connect(`${url}/ws/signals/`, options)
        yield* known.until("hello", ({ frames }) => frames.length > 0)
      }
      mine[0]!.socket.terminate()
      const freed = Effect.gen(function* () {
        const client = yield* from("198.51.100.0")
        yield* client.until("an answer", ({ socket, refused }) => refused !== undefined || socket.readyState === socket.OPEN)
        return client.refused === undefined
      })
      assert.isTrue(yield* Effect.repeat(freed, { until: (isFree) => isFree }))
    }).pipe(Effect.scoped, Effect.provide(layer({ TRUSTED_PROXIES: [IpNetwork.fromStringUnsafe("127.0.0.0/8")] }))),
  )

  it.live("a server that stops says so to its clients and does not wait for them", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const services = yield* Layer.buildWithScope(layer(), scope)
      const { url, bearer } = yield* signIn.pipe(Effect.provideContext(services))
      const [open, silent] = [yield* connect(`${url}/ws/signals/`, { headers: bearer }), yield* connect(`${url}/ws/signals/`)]
      yield* open.until("hello", ({ frames }) => frames.length > 0)
      yield* silent.until("open", ({ socket }) => socket.readyState === socket.OPEN)
      const events = yield* Effect.promise(() => fetch(`${url}/api/v1/live`, { headers: bearer }))
      const [took] = yield* Effect.timed(Scope.close(scope, Exit.void))
      assert.isBelow(Duration.toMillis(took), 10_000)
      for (const client of [open, silent]) {
        yield* client.until("close", ({ closed }) => closed !== undefined)
        assert.deepStrictEqual(client.closed, { code: 1001, reason: "the server is stopping" })
      }
      yield* Effect.promise(() => events.text().catch(() => "cut"))
    }).pipe(Effect.scoped),
  )

  it.live("the same feed comes as server-sent events, with its filter and its place", () =>
    Effect.gen(function* () {
      const { url, bearer } = yield* signIn
      const abort = new AbortController()
      yield* Effect.addFinalizer(() => Effect.sync(() => abort.abort()))
      const read = (headers: Record<string, string>, enough: (text: string) => boolean) =>
        Effect.promise(async () => {
          const response = await fetch(`${url}/api/v1/live/?platform=bluesky,reddit`, {
            headers: { ...bearer, ...headers },
            signal: abort.signal,
          })
          assert.strictEqual(response.headers.get("content-type"), "text/event-stream")
          let text = ""
          for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
            text += chunk
            if (enough(text)) break
          }
          return text
        })
      const hello = yield* read({}, (text) => text.includes("position"))
      const { epoch } = JSON.parse(hello.split("data: ")[1]!.split("\n")[0]!)
      yield* publish(item("bluesky:1"), item("hackernews:2"), item("reddit:3"))
      const missed = yield* read({ "last-event-id": `${epoch}:1` }, (text) => text.includes("reddit:3"))
      assert.include(missed, `id: ${epoch}:3\ndata: {"type":"signal"`)
      assert.notInclude(missed, "bluesky:1")
      assert.notInclude(missed, "hackernews:2")
      const bad = yield* ask(`${url}/api/v1/live?token=x`, { headers: bearer })
      assert.strictEqual(bad.status, 400)
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )
})
