import { assert, describe, it } from "@effect/vitest"
import { LivePublisher } from "@signalflow/domain/live/LiveFeed"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Tokens } from "../../src/access/Tokens.ts"
import { ServerAddress } from "../../src/Server.ts"
import { item, layer, signIn } from "../TestServer.ts"
import { type Client, connect } from "./Client.ts"

/** Heartbeats in between are answered, as they are in real time. */
const pass = (client: Client, halfMinutes: number) =>
  Effect.gen(function* () {
    for (let beat = 0; beat < halfMinutes && client.closed === undefined; beat++) {
      const before = client.of("position").length
      yield* TestClock.adjust("30 seconds")
      yield* client.until("a heartbeat", ({ closed }) => closed !== undefined || client.of("position").length > before)
    }
  })

describe("the time of a live socket", () => {
  it.effect("one that shows no token is closed after five seconds", () =>
    Effect.gen(function* () {
      const { url } = yield* ServerAddress
      const client = yield* connect(`${url}/ws/signals/`)
      yield* client.until("open", ({ socket }) => socket.readyState === socket.OPEN)
      yield* TestClock.adjust("4999 millis")
      assert.isUndefined(client.closed)
      yield* TestClock.adjust("1 millis")
      yield* client.until("close", ({ closed }) => closed !== undefined)
      assert.deepStrictEqual(client.closed, { code: 4401, reason: "no token within 5 seconds" })
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )

  it.effect("it ends with its token, unless a newer one was shown", () =>
    Effect.gen(function* () {
      const { url, bearer } = yield* signIn
      const tokens = yield* Tokens
      const [ends, renews] = [
        yield* connect(`${url}/ws/signals/`, { headers: bearer }),
        yield* connect(`${url}/ws/signals/`, { headers: bearer }),
      ]
      for (const client of [ends, renews]) {
        yield* client.until("hello", ({ frames }) => frames.length > 0)
        client.say({ type: "subscribe" })
        yield* client.until("place", () => client.of("position").length === 1)
      }
      yield* pass(renews, 100)
      renews.say({ type: "auth", token: yield* tokens.issue({ name: "admin", role: "admin" }) })
      renews.say({ type: "subscribe" })
      const places = renews.of("position").length
      yield* renews.until("place", () => renews.of("position").length > places)
      yield* pass(renews, 40)
      yield* ends.until("close", ({ closed }) => closed !== undefined)
      assert.deepStrictEqual(ends.closed, { code: 4401, reason: "the access token has expired" })
      yield* Effect.flatMap(LivePublisher, (publisher) => publisher.publish([item("bluesky:1")]))
      yield* renews.until("a frame", ({ offsets }) => offsets.length === 1)
      assert.isUndefined(renews.closed)
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )

  it.effect("one that answers no ping is dropped", () =>
    Effect.gen(function* () {
      const { url, bearer } = yield* signIn
      const client = yield* connect(`${url}/ws/signals/`, { headers: bearer })
      yield* client.until("hello", ({ frames }) => frames.length > 0)
      client.say({ type: "subscribe" })
      yield* client.until("place", () => client.of("position").length === 1)
      client.socket.pause()
      yield* TestClock.adjust("91 seconds")
      client.socket.resume()
      yield* client.until("close", ({ closed }) => closed !== undefined)
      assert.strictEqual(client.closed?.code, 1006)
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )
})
