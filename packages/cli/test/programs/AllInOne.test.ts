import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { runCommand } from "../Command.ts"

const none = { DATABASE_URL: "", POSTGRES_HOST: "", REDIS_URL: "", KAFKA_BOOTSTRAP_SERVERS: "" }

describe("a service that lacks what a fleet shares", () => {
  it.live("says what to set, and that one process can do without", () =>
    Effect.promise(async () => {
      const { code, err } = await runCommand(["process"], none)
      assert.strictEqual(code, 2)
      assert.strictEqual(
        err,
        'signalflow: "signalflow process" is one service of several and needs a PostgreSQL that all share: set DATABASE_URL or POSTGRES_HOST,' +
          ' and a Redis that carries the live feed: set REDIS_URL. For everything in one process use "signalflow up".\n',
      )
      const alone = await runCommand(["aggregate"], { ...none, REDIS_URL: "redis://:changeme@localhost:6379" })
      assert.strictEqual(alone.code, 1)
      assert.include(alone.err, "REDIS_URL is set, but cannot be used: ")
      assert.include(alone.err, "not changeme")
    }),
  )
})
