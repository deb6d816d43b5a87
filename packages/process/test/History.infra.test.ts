import { describe, it } from "@effect/vitest"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import { Effect, Layer, Redacted } from "effect"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { postgresMissing, type PostgresServer, type PostgresServerOptions, startPostgres } from "../../../infra/test/postgres.ts"
import { installationWith } from "../../../infra/test/postgresExtension.ts"
import { historySuite } from "./HistorySuite.ts"
import { timescaleStandIn } from "./TimescaleStandIn.ts"

const missing = postgresMissing()

const LOADED = { shared_preload_libraries: "timescaledb" }

/** Whether the installed server can be started with TimescaleDB. */
const timescale = async (): Promise<boolean> => {
  const server = await startPostgres().catch(() => null)
  const found = server?.psql("select count(*) from pg_available_extensions where name = 'timescaledb'") === "1"
  await server?.destroy()
  return found
}
const hasTimescale = missing === null && (await timescale())

const onServer = (name: string, options: () => PostgresServerOptions, expectations: Parameters<typeof historySuite>[2]) => {
  let server: PostgresServer
  let databases = 0
  describe(`a real PostgreSQL`, () => {
    beforeAll(async () => {
      server = await startPostgres(options())
      // As in a fleet: the owner of a database, who is no superuser.
      server.psql("create role owner login password 'right'")
    })
    afterAll(() => server?.destroy())
    const empty = Layer.unwrap(
      Effect.sync(() => {
        const database = `history_${++databases}`
        server.psql(`create database ${database} owner owner`)
        const { host, port, password } = server
        return Postgres.layer({ host, port, database, username: "owner", password: Redacted.make(password) })
      }),
    )
    historySuite(name, empty, expectations)
  })
}

describe.skipIf(missing !== null)("history", () => {
  onServer("plain partitions", () => ({}), { history: "p", hours: "p" })

  const directory = mkdtempSync(join(tmpdir(), "signalflow-timescale-"))
  chmodSync(directory, 0o755)
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  const installation = () => installationWith(join(directory, "with"), "timescaledb", timescaleStandIn)

  // The stand-in has no library: the setting alone tells that one is loaded.
  onServer(
    "a stand-in for TimescaleDB without continuous aggregates",
    () => ({ installation: installation(), settings: { "timescaledb.max_background_workers": "8" } }),
    { history: "r", hours: "p" },
  )

  onServer(
    "TimescaleDB that is installed and not loaded",
    () => ({ installation: installationWith(join(directory, "unloaded"), "timescaledb", timescaleStandIn) }),
    { history: "p", hours: "p" },
  )
})

describe.skipIf(!hasTimescale)("history on TimescaleDB itself", () => {
  onServer("TimescaleDB", () => ({ settings: LOADED }), { history: "r" })
})

it.runIf(missing === null && !hasTimescale)("TimescaleDB is not installed here: its own run of the suite is left out", () => {})
