import { assert, describe, it } from "@effect/vitest"
import * as SignalBusMemory from "@signalflow/domain/bus/SignalBusMemory"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { notInstalled } from "../../../../infra/test/missing.ts"
import { installed, tryContract } from "../../../../infra/test/schemathesis.ts"
import { Tokens } from "../../src/access/Tokens.ts"
import * as DeadLetterServer from "../../src/deadletters/DeadLetterServer.ts"
import { plant } from "../deadletters/Letters.ts"
import { insertSignals } from "../queries/SignalRows.ts"
import { layer, needs, signIn } from "../TestServer.ts"

const missing = installed ? null : notInstalled("schemathesis")

/** Enough for all that is tried. */
const settings = { RATE_LIMIT: 1_000_000 }

const deadLetters = DeadLetterServer.layer.pipe(
  Layer.provideMerge(Tokens.layer),
  Layer.provideMerge(SignalBusMemory.layerMemory),
  Layer.provideMerge(needs({ DLQ_PORT: 0, ...settings })),
)

describe.skipIf(missing !== null)("what is published of the contract is what is served", () => {
  it.live("by the API", () =>
    Effect.gen(function* () {
      const now = Date.now()
      yield* insertSignals(Array.from({ length: 30 }, (_, n) => ({ id: `bluesky:${n}`, at: now - n * 60_000 })))
      const { url, access } = yield* signIn
      const { exit, output } = yield* Effect.promise(() => tryContract(url, access))
      assert.strictEqual(exit, 0, output)
    }).pipe(Effect.provide(layer(settings))),
  )

  it.live("by the API of dead letters", () =>
    Effect.gen(function* () {
      for (let offset = 1; offset <= 5; offset++) yield* plant({ offset, payload: `letter ${offset}` })
      const sql = yield* SqlClient
      yield* sql`insert into users (name, role) values ('admin', 'admin') on conflict do nothing`
      const access = yield* (yield* Tokens).issue({ name: "admin", role: "admin" })
      const { url } = yield* DeadLetterServer.DeadLetterAddress
      const { exit, output } = yield* Effect.promise(() => tryContract(url, access))
      assert.strictEqual(exit, 0, output)
    }).pipe(Effect.provide(deadLetters)),
  )
})
