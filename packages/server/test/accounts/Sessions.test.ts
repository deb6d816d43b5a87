import { SqlClient } from "effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import { Settings } from "@signalflow/domain/settings/Settings"
import { Effect, Layer, Redacted, Result } from "effect"
import { TestClock } from "effect/testing"
import { decodeProtectedHeader, SignJWT } from "jose"
import * as TestPostgres from "../../../platform/test/TestPostgres.ts"
import { sha256 } from "../../src/access/InstanceSecrets.ts"
import { LinkCodes, signInLink } from "../../src/accounts/LinkCodes.ts"
import { Sessions } from "../../src/accounts/Sessions.ts"
import { Tokens } from "../../src/access/Tokens.ts"
import { ensureFirstUser } from "../../src/access/Users.ts"

const access = (settings: Parameters<typeof Settings.layerWith>[0] = {}) =>
  Layer.mergeAll(LinkCodes.layer, Sessions.layer, Tokens.layer).pipe(
    Layer.provideMerge(Layer.merge(TestPostgres.layer, Settings.layerWith(settings))),
  )

const refused = <A, E>(effect: Effect.Effect<A, E>) => Effect.map(Effect.result(effect), Result.isFailure)
const admin = { name: "admin", role: "admin" } as const

describe("sign-in links", () => {
  it.effect("a code is good once, also when it is tried by many at the same time", () =>
    Effect.gen(function* () {
      const codes = yield* LinkCodes
      const sql = yield* SqlClient
      const { code } = yield* codes.issue()
      assert.match(signInLink("http://127.0.0.1:8080/", code), /^http:\/\/127\.0\.0\.1:8080\/#code=[\w-]{22}$/)
      const stored = yield* sql<{ code_hash: string }>`SELECT code_hash FROM link_codes`
      assert.deepStrictEqual(
        stored.map(({ code_hash }) => code_hash),
        [sha256(code)],
      )
      const tries = yield* Effect.all(
        Array.from({ length: 8 }, () => Effect.result(codes.exchange(code))),
        { concurrency: 8 },
      )
      assert.deepStrictEqual(
        tries.filter(Result.isSuccess).map(({ success }) => success),
        ["admin"],
      )
      assert.isTrue(yield* refused(codes.exchange(`${code}x`)))
    }).pipe(Effect.provide(access())),
  )

  it.effect("a code is good for ten minutes", () =>
    Effect.gen(function* () {
      const codes = yield* LinkCodes
      const [early, late] = [yield* codes.issue(), yield* codes.issue()]
      yield* TestClock.adjust("599 seconds")
      assert.strictEqual(yield* codes.exchange(early.code), "admin")
      yield* TestClock.adjust("1 second")
      assert.isTrue(yield* refused(codes.exchange(late.code)))
    }).pipe(Effect.provide(access())),
  )
})

describe("sessions", () => {
  it.effect("a spent token that comes back later ends the session, for whoever holds it", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const first = yield* sessions.open("admin")
      const stranger = yield* sessions.open("admin")
      const second = yield* sessions.renew(first)
      yield* TestClock.adjust("11 seconds")
      const third = yield* sessions.renew(second.refresh)
      assert.isTrue(yield* refused(sessions.renew(first)))
      assert.isTrue(yield* refused(sessions.renew(third.refresh)))
      assert.strictEqual((yield* sessions.renew(stranger)).user, "admin")
    }).pipe(Effect.provide(access())),
  )

  it.effect("two tabs that wake together both stay; a handful of them does not", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const first = yield* sessions.open("admin")
      const both = yield* Effect.all([sessions.renew(first), sessions.renew(first)], { concurrency: 2 })
      assert.notStrictEqual(both[0].refresh, both[1].refresh)
      for (const { refresh } of both) assert.isFalse(yield* refused(sessions.renew(refresh)))
      const many = yield* sessions.open("admin")
      const answers = yield* Effect.all(
        Array.from({ length: 20 }, () => Effect.result(sessions.renew(many))),
        { concurrency: 4 },
      )
      assert.isAtMost(answers.filter(Result.isSuccess).length, 8)
      for (const answer of answers) if (Result.isSuccess(answer)) assert.isTrue(yield* refused(sessions.renew(answer.success.refresh)))
    }).pipe(Effect.provide(access())),
  )

  it.effect("a session that is ended, or left alone for a week, is over", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const [ended, left] = [yield* sessions.open("admin"), yield* sessions.open("admin")]
      yield* sessions.revoke(ended)
      assert.isTrue(yield* refused(sessions.renew(ended)))
      yield* TestClock.adjust("7 days")
      assert.isTrue(yield* refused(sessions.renew(left)))
      assert.isTrue(yield* refused(sessions.renew("made up")))
    }).pipe(Effect.provide(access())),
  )
})

describe("access tokens", () => {
  it.effect("they say who, for an hour; another algorithm, key, issuer or audience is refused", () =>
    Effect.gen(function* () {
      const tokens = yield* Tokens
      const token = yield* tokens.issue(admin)
      assert.deepInclude(yield* tokens.verify(token), admin)
      const [header, claims, signature] = token.split(".") as [string, string, string]
      const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
      const last = letters.indexOf(token.at(-1)!)
      const respelt = [1, 2, 3].map((bits) => `${token.slice(0, -1)}${letters[last ^ bits]}`)
      const none = Buffer.from(JSON.stringify({ alg: "none", kid: decodeProtectedHeader(token).kid, typ: "at+jwt" })).toString("base64url")
      const raised = Buffer.from(claims, "base64url").toString().replace("admin", "other")
      const forged = yield* Effect.promise(() =>
        new SignJWT({ role: "admin", sub: "admin", exp: 9e9, iss: "signalflow" })
          .setProtectedHeader({ alg: "HS256", kid: decodeProtectedHeader(token).kid!, typ: "at+jwt" })
          .sign(new Uint8Array(48)),
      )
      for (const bad of [
        "",
        "x",
        `${none}.${claims}.`,
        `${header}.${Buffer.from(raised).toString("base64url")}.${signature}`,
        forged,
        `${token}x`,
        `${token}=`,
        ...respelt,
      ]) {
        assert.isTrue(yield* refused(tokens.verify(bad)), bad)
      }
      yield* TestClock.adjust("3599 seconds")
      assert.isFalse(yield* refused(tokens.verify(token)))
      yield* TestClock.adjust("1 second")
      assert.isTrue(yield* refused(tokens.verify(token)))
    }).pipe(Effect.provide(access())),
  )

  it.effect("after the key was changed, older tokens stay good, and a second process learns the new key", () =>
    Effect.gen(function* () {
      const tokens = yield* Tokens
      const other = yield* Tokens.pipe(Effect.provide(Layer.fresh(Tokens.layer)))
      yield* TestClock.adjust("1 minute")
      const before = yield* tokens.issue(admin)
      yield* tokens.rotate
      const after = yield* tokens.issue(admin)
      assert.notStrictEqual(decodeProtectedHeader(before).kid, decodeProtectedHeader(after).kid)
      for (const verifier of [tokens, other]) for (const token of [before, after]) assert.deepInclude(yield* verifier.verify(token), admin)
    }).pipe(Effect.provide(access())),
  )

  it.effect("JWT_SECRET signs, the one before it verifies, and a short one is a clear error", () =>
    Effect.gen(function* () {
      yield* ensureFirstUser
      const [old, next] = [Redacted.make("o".repeat(32)), Redacted.make("n".repeat(32))]
      const withSettings = (settings: Parameters<typeof Settings.layerWith>[0]) =>
        Tokens.pipe(Effect.provide(Layer.fresh(Tokens.layer).pipe(Layer.provide(Settings.layerWith(settings)))))
      const token = yield* (yield* withSettings({ JWT_SECRET: old })).issue(admin)
      assert.deepInclude(yield* (yield* withSettings({ JWT_SECRET: next, JWT_SECRET_PREVIOUS: old })).verify(token), admin)
      assert.isTrue(yield* refused((yield* withSettings({ JWT_SECRET: next })).verify(token)))
      const short = yield* Effect.flip(withSettings({ JWT_SECRET: Redacted.make("short") }))
      assert.match(short.message, /^JWT_SECRET has 5 characters: it must have at least 32/)
      assert.notInclude(short.message, "short")
    }).pipe(Effect.provide(TestPostgres.layer)),
  )
})
