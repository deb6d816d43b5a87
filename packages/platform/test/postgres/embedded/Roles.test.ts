import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import { chownSync, existsSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type EmbeddedServer, make } from "../../../src/postgres/embedded/EmbeddedPostgres.ts"
import * as Binaries from "../../../src/postgres/embedded/Binaries.ts"
import { run } from "../../../src/postgres/embedded/Command.ts"
import * as Place from "../../../src/postgres/embedded/DataDirectory.ts"
import * as Postmaster from "../../../src/postgres/embedded/Postmaster.ts"
import { socketDirectory as privateDirectory } from "../../../src/postgres/embedded/SocketDirectory.ts"
import { migrate } from "../../../src/postgres/migrations/Migrations.ts"
import * as Postgres from "../../../src/postgres/Postgres.ts"
import { migrations } from "../../TestPostgres.ts"
import { temporary } from "./programs.ts"

const open = (directory: string) => make({ directory, database: "signalflow" })

type Way = Pick<EmbeddedServer, "host" | "port" | "username" | "password" | "database">

const query = (way: Way, text: string) =>
  PgClient.makeClient(way).pipe(
    Effect.flatMap((sql) => sql.unsafe<Record<string, unknown>>(text)),
    Effect.scoped,
    Effect.provide(Reactivity.layer),
  )

const asMigrated = ({ host, port, username, password, database }: Way) =>
  migrate(migrations).pipe(Effect.provide(Postgres.layer({ host, port, username, password, database })))

/** A server as earlier versions made it: one role, the superuser. */
const early = (directory: string) =>
  Effect.gen(function* () {
    const real = yield* Place.makeDirectory(directory)
    const place = yield* Place.resolve(real, "/var/lib/signalflow")
    const data = Place.dataOf(place.base)
    const binaries = yield* Binaries.find(place.user, "/var/lib/signalflow")
    const password = Redacted.make("early")
    const secret = join(place.base, "early.password")
    writeFileSync(secret, "early")
    if (place.user !== undefined) chownSync(secret, place.user.uid, place.user.gid)
    const flags = ["--username=signalflow", `--pwfile=${secret}`, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
    assert.strictEqual((yield* run(binaries.initdb, [`--pgdata=${data}`, ...flags], place.user)).code, 0)
    rmSync(secret)
    writeFileSync(join(real, "postgres.password"), "early\n", { mode: 0o600 })
    const socketDirectory = yield* privateDirectory(place)
    const server = yield* Postmaster.start({
      binaries,
      data,
      socketDirectory,
      port: 5432,
      log: join(real, "postgres.log"),
      user: place.user,
      settings: {},
    })
    const way = { host: socketDirectory, port: 5432, username: "signalflow", password, database: "postgres" }
    yield* query(way, "CREATE DATABASE signalflow")
    yield* asMigrated({ ...way, database: "signalflow" })
    yield* query({ ...way, database: "signalflow" }, "INSERT INTO users (name, role) VALUES ('ada', 'admin')")
    yield* Postmaster.stop(data, server)
  })

const mayNothing = (server: EmbeddedServer) =>
  Effect.gen(function* () {
    const [role] = yield* query(
      server,
      "SELECT rolname, rolsuper, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = current_user",
    )
    assert.deepStrictEqual(role, {
      rolname: "signalflow",
      rolsuper: false,
      rolcreaterole: false,
      rolreplication: false,
      rolbypassrls: false,
    })
    for (const text of [
      "COPY (SELECT 1) TO PROGRAM 'true'",
      "SELECT pg_read_file('PG_VERSION')",
      "ALTER SYSTEM SET work_mem = '1MB'",
      "ALTER ROLE signalflow SUPERUSER",
      "SET ROLE signalflow_admin",
      "SELECT rolpassword FROM pg_authid",
    ])
      assert.match(String((yield* Effect.flip(query(server, text))).reason.cause), /permission denied|must be|Only roles/i, text)
    for (const name of ["postgres.password", "postgres.admin.password"]) {
      const file = join(server.directory, name)
      assert.isTrue(existsSync(file))
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
    }
  })

describe("the role that programs work as", { timeout: 120_000 }, () => {
  it.live("is no superuser, and can do all that the migrations ask", () =>
    Effect.gen(function* () {
      const server = yield* open(join(yield* temporary, ".signalflow"))
      yield* asMigrated(server)
      yield* mayNothing(server)
      yield* query(server, "CHECKPOINT")
      yield* query(server, "SELECT pg_switch_wal()::text")
      // As the demo begins.
      yield* query(server, "DROP SCHEMA public CASCADE")
      yield* query(server, "CREATE SCHEMA public")
    }),
  )

  it.live("is none either where an earlier version worked as one, and everything stays and is its own", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporary, ".signalflow")
      yield* early(directory)
      for (let start = 0; start < 2; start++)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const server = yield* open(directory)
            yield* mayNothing(server)
            assert.deepStrictEqual(yield* query(server, "SELECT name FROM users"), [{ name: "ada" }])
            assert.deepStrictEqual(
              yield* query(
                server,
                `SELECT c.relname AS name FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relowner <> 'signalflow'::regrole
                  UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proowner <> 'signalflow'::regrole
                  UNION ALL SELECT rolname FROM pg_roles WHERE rolname = 'signalflow_mover'`,
              ),
              [],
            )
            yield* query(server, "ALTER TABLE signals ADD COLUMN IF NOT EXISTS later text")
            yield* query(server, "SELECT ensure_history_partition('2026-01-01')")
          }),
        )
    }),
  )
})
