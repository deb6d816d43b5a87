import { assert, describe, it } from "@effect/vitest"
import { signalsNormalised } from "@signalflow/domain/bus/BusTopic"
import { recordOf, toBus } from "@signalflow/domain/deadletters/DeadLetterRecord"
import { Settings } from "@signalflow/domain/settings/Settings"
import { SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import * as PgBus from "@signalflow/platform/postgres/bus/PgBus"
import * as DeadLetterService from "@signalflow/process/deadletters/DeadLetterService"
import { Tokens } from "@signalflow/server/access/Tokens"
import { ensureFirstUser, FIRST_USER } from "@signalflow/server/access/Users"
import { Effect, Layer } from "effect"
import { freePort } from "../../../infra/test/ports.ts"
import * as TestPostgres from "../../platform/test/TestPostgres.ts"
import { patiently } from "./Client.ts"
import { ofDatabase } from "./Environment.ts"
import { startService } from "./FleetProcess.ts"

const Test = Tokens.layer.pipe(
  Layer.provideMerge(PgBus.layer()),
  Layer.provideMerge(Layer.mergeAll(TestPostgres.layer, Settings.layerWith())),
)

const service = (settings: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.promise(() => startService(["dead-letters"], { DATABASE_URL: "", KAFKA_BOOTSTRAP_SERVERS: "", REDIS_URL: "", ...settings })),
    ({ stop }) => Effect.promise(stop),
  )

const unreadable = {
  lane: { topic: signalsNormalised.name, partition: 2, ack: () => Effect.void },
  offset: 41,
  key: "hackernews:1",
  value: "{",
  headers: {},
  publishedAt: 0,
}

interface Listed {
  readonly results: ReadonlyArray<{ readonly id: number; readonly partition: number; readonly offset: number }>
}

describe("signalflow dead-letters", () => {
  it.live(
    "stores what is in the .dlq topics, answers on DLQ_PORT and tells that it is ready; a signal ends it in order",
    () =>
      Effect.gen(function* () {
        const port = yield* Effect.promise(freePort)
        yield* DeadLetterService.register
        const program = yield* service({ ...(yield* ofDatabase), DLQ_PORT: String(port) })
        yield* ensureFirstUser
        const headers = { authorization: `Bearer ${yield* (yield* Tokens).issue({ name: FIRST_USER, role: "admin" })}` }
        const url = `http://127.0.0.1:${port}/dlq`
        yield* Effect.promise(() =>
          program.until(
            "ready",
            ({ status, dependencies }) => status === "ready" && dependencies.some(({ name }) => name === "dead letters"),
          ),
        )
        yield* (yield* SignalPublisher).publish([
          toBus(recordOf({ delivery: unreadable, errorClass: "validation", error: "not JSON" }, Date.now())),
        ])
        let listed: Listed = { results: [] }
        yield* Effect.promise(() =>
          patiently("the letter", async () => {
            listed = (await (await fetch(url, { headers })).json()) as Listed
            return listed.results.length === 1
          }),
        )
        const [letter] = listed.results
        assert.deepStrictEqual([letter!.partition, letter!.offset], [2, 41])
        const replayed = yield* Effect.promise(async () => (await fetch(`${url}/replay/${letter!.id}`, { method: "POST", headers })).json())
        assert.deepStrictEqual(replayed, { replayed: [letter!.id], refused: [], left: 0 })
        assert.strictEqual((yield* Effect.promise(() => fetch(url))).status, 401)
        assert.strictEqual(yield* Effect.promise(program.stop), 0)
      }).pipe(Effect.scoped, Effect.provide(Test)),
    120_000,
  )
})
