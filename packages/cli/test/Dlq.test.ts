import { assert, describe, it } from "@effect/vitest"
import { Settings } from "@signalflow/domain/settings/Settings"
import { SignalConsumer } from "@signalflow/domain/bus/SignalBus"
import * as PgBus from "@signalflow/platform/postgres/bus/PgBus"
import * as DeadLetterService from "@signalflow/process/deadletters/DeadLetterService"
import * as Pipeline from "@signalflow/process/pipeline/Pipeline"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import * as TestPostgres from "../../platform/test/TestPostgres.ts"
import { NOON, plant } from "../../server/test/deadletters/Letters.ts"
import { dlq } from "./DlqCommand.ts"
import { ofDatabase } from "./Environment.ts"
import { runCommand } from "./Command.ts"

/** The same as a user runs it. */
const spawned = (...given: ReadonlyArray<string>) =>
  Effect.flatMap(ofDatabase, (env) =>
    Effect.promise(() => runCommand(["dlq", ...given], { DATABASE_URL: "", KAFKA_BOOTSTRAP_SERVERS: "", ...env })),
  )

const Test = PgBus.layer().pipe(Layer.provideMerge(TestPostgres.layer), Layer.provideMerge(Settings.layerWith()))

const register = Effect.gen(function* () {
  yield* (yield* SignalConsumer).register(Pipeline.subscription)
  yield* DeadLetterService.register
})

// oxlint-disable-next-line no-control-regex -- what a terminal would obey
const COMMANDS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/

describe("signalflow dlq", () => {
  it.live(
    "lists, counts and shows letters, for a person and as JSON; what somebody posted does not command the terminal",
    () =>
      Effect.gen(function* () {
        const evil = "\u001b]0;owned\u0007\u001b[2J\u202e\u009b31m"
        const first = yield* plant({
          offset: 1,
          error: `bad ${evil}`,
          key: `hackernews:${evil}`,
          payload: `one\n${evil}`,
          headers: { producer: evil },
        })
        const second = yield* plant({
          offset: 2,
          topic: "reddit.comments",
          errorClass: "permanent",
          parkedAt: new Date(NOON),
          replays: 3,
          attempts: 4,
        })
        const listed = yield* dlq("list")
        assert.strictEqual(listed.code, 0, listed.err)
        assert.deepStrictEqual(
          listed.out
            .trimEnd()
            .split("\n")
            .map((line) => line.trim().split(/\s+/).slice(0, 6)),
          [
            [`${second}`, "2026-06-10T12:00:02", "permanent", "parked", "4×", "reddit.comments"],
            [`${first}`, "2026-06-10T12:00:01", "validation", "open", "1×", "signals.normalised"],
          ],
        )
        const json = yield* dlq("list", "--json", "--class", "validation", "--since", "2026-06-10T12:00:00Z")
        const [letter] = json.out
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line))
        assert.deepInclude(letter, { id: first, error: `bad ${evil}`, preview: `one\n${evil}`, parkedAt: null })
        const shown = yield* dlq("show", `${first}`)
        assert.include(shown.out, `Dead letter ${first}: open`)
        assert.include(shown.out, "  one\n")
        for (const { out } of [listed, json, shown]) assert.notMatch(out, COMMANDS)
        assert.strictEqual(JSON.parse((yield* dlq("show", `${second}`, "--json")).out).offset, 2)
        const stats = yield* dlq("stats", "--json")
        assert.deepInclude(JSON.parse(stats.out), { total: 2, open: 1, replayed: 0, parked: 1 })
        assert.match((yield* dlq("stats")).out, /all +2 +1 +0 +1/)
        assert.deepInclude(yield* dlq("list", "--since", "1 second"), { code: 0, out: "There are no such dead letters.\n" })
      }).pipe(Effect.provide(Test)),
    120_000,
  )

  it.live(
    "replays and discards by number and by filter; says what is not there or not to be sent, with exit codes 0, 1 and 2",
    () =>
      Effect.gen(function* () {
        yield* register
        const sql = yield* SqlClient
        const [a, b] = [yield* plant({ offset: 1 }), yield* plant({ offset: 2 })]
        const parked = yield* plant({ offset: 3, parkedAt: new Date(NOON), replays: 3, attempts: 4 })
        const sent = sql<{ key: string }>`select key from bus_messages where topic = 'signals.normalised' order by published_at, "offset"`
        const some = yield* dlq("replay", `${a}`, `${parked}`, "4711", "--json")
        assert.strictEqual(some.code, 1)
        assert.deepInclude(JSON.parse(some.out), { replayed: [a], left: 0 })
        assert.include(some.err, `Dead letter ${parked} is not replayed: it is parked`)
        assert.include(some.err, "There is no dead letter 4711")
        assert.deepInclude(yield* dlq("replay", "--all"), { code: 0, out: "1 dead letter(s) replayed\n" })
        assert.deepInclude(yield* dlq("replay", `#${parked}`, "--force"), { code: 0, out: "1 dead letter(s) replayed\n" })
        assert.deepStrictEqual(
          (yield* sent).map(({ key }) => key),
          ["hackernews:1", "hackernews:2", "hackernews:3"],
        )
        assert.deepInclude(yield* dlq("discard", `${b}`, "4711"), {
          code: 1,
          out: "1 dead letter(s) discarded\n",
          err: "There is no dead letter 4711",
        })
        assert.deepInclude(yield* dlq("discard", "--topic", "signals.normalised", "--json"), { code: 0, out: '{"discarded":2}\n' })
        assert.deepInclude(yield* dlq("show", "12"), { code: 1, err: "There is no dead letter 12" })
        for (const wrong of [
          ["replay"],
          ["discard"],
          ["replay", "--all", "--force"],
          ["replay", "1", "--all"],
          ["show", "twelve"],
          ["list", "--since", "yesterday"],
          ["list", "--class", "odd"],
          ["list", "--limit", "0"],
        ]) {
          const { code, err } = yield* dlq(...wrong)
          assert.strictEqual(code, 2, `${wrong.join(" ")}: ${err}`)
        }
      }).pipe(Effect.provide(Test)),
    180_000,
  )

  it.live(
    "ends with exit code 0, 1 or 2, results on standard output and what went wrong on standard error",
    () =>
      Effect.gen(function* () {
        yield* plant({ offset: 1 })
        const listed = yield* spawned("list", "--json")
        assert.deepStrictEqual([listed.code, JSON.parse(listed.out).offset, listed.err], [0, 1, ""])
        assert.deepStrictEqual(yield* spawned("show", "12"), { code: 1, out: "", err: "signalflow: There is no dead letter 12\n" })
        const misused = yield* spawned("replay")
        assert.deepStrictEqual([misused.code, misused.out], [2, ""])
        assert.include(misused.err, 'signalflow: Which letters? "signalflow dlq replay 12 13", or --topic')
      }).pipe(Effect.provide(Test)),
    120_000,
  )
})
