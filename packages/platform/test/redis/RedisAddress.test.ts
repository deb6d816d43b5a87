import { assert, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import * as Redis from "../../src/redis/Redis.ts"
import { explain, parseAddress } from "../../src/redis/RedisAddress.ts"

const parse = (url: string) => parseAddress(Redacted.make(url))

it("a URL says where Redis is and how to sign in", () => {
  assert.deepStrictEqual(parse("redis://:p%40ss%2Fword@redis.example:6380"), {
    host: "redis.example",
    port: 6380,
    username: undefined,
    password: "p@ss/word",
    tls: false,
  })
  assert.deepStrictEqual(parse("rediss://someone:secret@[::1]/"), {
    host: "::1",
    port: 6379,
    username: "someone",
    password: "secret",
    tls: true,
  })
  for (const wrong of ["", "redis", "redis://", "http://localhost:6379", "redis://:%zz@host"]) assert.isNull(parse(wrong))
})

it.effect("a URL that is none fails with the setting's name and without the password", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(Layer.build(Redis.layer({ url: Redacted.make("redis://:%zz-secret@host") })))
    assert.include(error.message, "REDIS_URL")
    assert.notInclude(error.message, "secret")
  }),
)

it("no explanation shows the password, whatever the server echoes", () => {
  const address = { host: "h", port: 1, username: undefined, password: "s3cret", tls: false }
  const echoed = "ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `default`, `s3cret`"
  assert.notInclude(explain(address, new Error(echoed)), "s3cret")
  assert.include(explain(address, new Error(echoed)), "unknown command")
  assert.strictEqual(
    explain({ ...address, username: "me" }, new Error("WRONGPASS invalid username-password pair")),
    'Redis at h:1 refuses the password of REDIS_URL for user "me"',
  )
  assert.include(explain(address, new AggregateError([new Error("connect ECONNREFUSED 127.0.0.1:1")])), "ECONNREFUSED")
  assert.include(explain(address, undefined), "closed the connection")
  assert.isBelow(explain(address, new Error("x".repeat(10_000))).length, 400)
})
