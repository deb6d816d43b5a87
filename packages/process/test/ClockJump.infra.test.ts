import { assert, describe, it } from "@effect/vitest"
import type * as KafkaBus from "@signalflow/platform/kafka/KafkaBus"
import { migrate } from "@signalflow/platform/postgres/migrations/Migrations"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { chmodSync, globSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { notInstalled } from "../../../infra/test/missing.ts"
import { until } from "../../domain/test/Received.ts"
import * as TestKafka from "../../platform/test/kafka/TestKafka.ts"
import { connectionTo, missing as postgresMissing, testServer } from "../../platform/test/postgres/RealPostgres.ts"
import { migrations } from "../../platform/test/TestPostgres.ts"

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** Debian's libfaketime, or why these tests are skipped. */
const [library] = globSync("/usr/lib/*/faketime/libfaketimeMT.so.1")
const missing = library === undefined ? notInstalled("faketime") : postgresMissing

/** A clock that is set as one likes, for processes that have its environment. Their monotonic clocks go on as they are. */
const settable = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "signalflow-clock-"))),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true })),
  ),
  (directory) => {
    chmodSync(directory, 0o755)
    const file = join(directory, "now")
    const set = (offset: string) => {
      writeFileSync(`${file}.next`, `${offset}\n`, { mode: 0o644 })
      renameSync(`${file}.next`, file)
    }
    set("+0")
    const environment = { LD_PRELOAD: library!, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1" }
    return { environment, set: (offset: string) => Effect.sync(() => set(offset)) }
  },
)

interface Report {
  readonly sent: number
  readonly stored: number
  readonly leaseWrites: number
  readonly ended?: true
}

/** What the clock is set to, and how long nothing is published then. */
type Jump = readonly [offset: string, silentMs: number]

const HOURS: ReadonlyArray<Jump> = ["+5h", "-7h", "+30h", "-1h", "+71h", "+0"].map((offset) => [offset, 0])
/** A session with Kafka ends after 6 seconds without a heartbeat or a commit, and kafkajs's heartbeats wait for a clock that was set back. */
const BEYOND_A_SESSION: ReadonlyArray<Jump> = [
  ["+5h", 0],
  ["-7h", 15_000],
  ["+0", 0],
]

const story = (
  jumps: ReadonlyArray<Jump>,
  kafka?: { readonly brokers: ReadonlyArray<string>; readonly client: KafkaBus.KafkaBusOptions["client"] },
) =>
  Effect.gen(function* () {
    const clock = yield* settable
    const postgres = yield* testServer({ environment: clock.environment })
    yield* migrate(migrations).pipe(Effect.provide(Postgres.layer(connectionTo(postgres))))
    const { host, port, username, password, database } = postgres
    const connection = { host, port, username, password, database }
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(process.execPath, [path("clockProgram.ts"), JSON.stringify({ connection, kafka })], {
          stdio: ["pipe", "pipe", "inherit"],
          env: { ...process.env, ...clock.environment },
        }),
      ),
      (running) => Effect.sync(() => void running.kill("SIGKILL")),
    )
    let last: Report = { sent: 0, stored: 0, leaseWrites: 0 }
    let ended: number | null = null
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith("{")) last = JSON.parse(line) as Report
      else process.stdout.write(`${line}\n`)
    })
    child.once("exit", (code) => (ended = code ?? -1))
    const alive = (look: () => boolean) => () => {
      if (ended !== null && last.ended !== true) throw new Error(`The program ended with exit code ${ended}`)
      return look()
    }

    yield* until(alive(() => last.stored >= 50 && last.leaseWrites > 0))
    const tell = (line: string) => Effect.sync(() => void child.stdin.write(`${line}\n`))
    for (const [jump, silentMs] of jumps) {
      if (silentMs > 0) yield* tell("silence")
      yield* clock.set(jump)
      // What the clock says in the database is what was set, or the test would be of nothing.
      const offset = Number(postgres.psql("SELECT round((extract(epoch FROM clock_timestamp()) - " + Date.now() / 1_000 + ") / 3600)"))
      assert.strictEqual(offset, Number.parseInt(jump))
      const since = Date.now()
      yield* until(alive(() => Date.now() - since >= silentMs))
      yield* tell("go")
      const { sent, leaseWrites } = last
      yield* until(alive(() => last.stored >= sent + 50 && last.leaseWrites >= leaseWrites + 10))
    }
    yield* tell("stop")
    yield* until(alive(() => last.ended === true))
    const { sent } = last
    assert.deepStrictEqual({ ...last }, {
      sent,
      stored: sent,
      letters: 0,
      expired: 0,
      kept: sent,
      backwards: 0,
      shared: 0,
      ended: true,
    } as never)
  }).pipe(Effect.scoped)

describe.skipIf(missing !== null)("a clock that jumps by hours, forward and back", () => {
  it.live("loses nothing on the bus in PostgreSQL, expires no group, and lets no two hold a lease", () => story(HOURS), 300_000)

  describe.skipIf(missing !== null || TestKafka.missing !== null).for(TestKafka.clients)("%s", (client) => {
    it.live(
      "loses nothing on Kafka",
      () =>
        Effect.gen(function* () {
          const cluster = yield* TestKafka.cluster(1)
          yield* story(BEYOND_A_SESSION, { brokers: cluster.addresses, client })
        }).pipe(Effect.scoped),
      300_000,
    )
  })
})
