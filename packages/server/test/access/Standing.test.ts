import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { SqlClient } from "effect/sql/SqlClient"
import { Tokens } from "../../src/access/Tokens.ts"
import { ask, layer, signIn } from "../TestServer.ts"
import { connect } from "../live/Client.ts"

const within = <A>(what: string, look: Effect.Effect<A>, isSo: (a: A) => boolean) =>
  Effect.gen(function* () {
    for (let second = 0; second < 60; second++) {
      if (isSo(yield* look)) return
      yield* TestClock.adjust("1 second")
    }
    assert.fail(`not within a minute: ${what}`)
  })

describe("somebody who was removed", () => {
  it.effect("has no token that is good, no socket and no stream of events within a minute", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const { url, bearer } = yield* signIn
      const socket = yield* connect(`${url}/ws/signals/`, { headers: bearer })
      yield* socket.until("hello", ({ frames }) => frames.length > 0)
      const events = yield* Effect.promise(() => fetch(`${url}/api/v1/live`, { headers: bearer }))
      let ended = false
      const reading = events.body!.getReader()
      void (async () => {
        while (!(await reading.read()).done);
        ended = true
      })()
      const status = Effect.map(ask(`${url}/api/v1/sources`, { headers: bearer }), (answer) => answer.status)
      assert.strictEqual(yield* status, 200)
      yield* sql`delete from users`
      yield* within("401", status, (now) => now === 401)
      yield* within(
        "a socket that is closed",
        Effect.promise(() => new Promise((done) => setTimeout(done, 20))),
        () => socket.closed !== undefined && ended,
      )
      assert.strictEqual(socket.closed?.code, 4401)
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )

  it.effect("or lowered is seen with the role of now, and is asked of the database once in a while only", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      yield* signIn
      const tokens = yield* Tokens
      const token = yield* tokens.issue({ name: "admin", role: "admin" })
      const role = Effect.map(Effect.orDie(tokens.verify(token)), (user) => user.role)
      assert.strictEqual(yield* role, "admin")
      yield* sql`update users set role = 'viewer'`
      assert.strictEqual(yield* role, "admin")
      yield* within("viewer", role, (now) => now === "viewer")
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )

  it.effect("is not told from the others while the database is unavailable, and nobody else is locked out", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      yield* signIn
      const tokens = yield* Tokens
      const token = yield* tokens.issue({ name: "admin", role: "admin" })
      const gone = yield* tokens.issue({ name: "nobody", role: "admin" })
      assert.isTrue((yield* Effect.result(tokens.verify(gone)))._tag === "Failure")
      yield* sql`alter table users rename to hidden_users`
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* tokens.verify(token)).role, "admin")
      assert.isTrue((yield* Effect.result(tokens.verify(gone)))._tag === "Failure")
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )
})
