import type * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import { defaults, type SettingValues } from "@signalflow/domain/settings/Settings"
import { Effect, Fiber, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { type Certificates, makeCertificates } from "../../../../infra/test/certificates.ts"
import { type PostgresServer, startPostgres } from "../../../../infra/test/postgres.ts"
import { waitFor } from "../../src/postgres/migrations/Migrations.ts"
import * as Postgres from "../../src/postgres/Postgres.ts"
import { fromSettings } from "../../src/postgres/PostgresSettings.ts"
import { explain, verify } from "../../src/postgres/ConnectionAdvice.ts"
import { missing, replicaOf } from "./RealPostgres.ts"

describe.skipIf(missing !== null)("connecting to a real PostgreSQL", () => {
  const directory = mkdtempSync(join(tmpdir(), "signalflow-tls-"))
  let ours: Certificates
  let encrypted: PostgresServer
  let plain: PostgresServer
  let port: number

  beforeAll(async () => {
    ours = makeCertificates(directory, "localhost")
    encrypted = await startPostgres({ tls: ours })
    plain = await startPostgres()
    port = encrypted.port
  })
  afterAll(async () => {
    await encrypted?.destroy()
    await plain?.destroy()
    rmSync(directory, { recursive: true, force: true })
  })

  const settings = (over: Partial<SettingValues>): SettingValues => ({
    ...defaults,
    POSTGRES_HOST: "localhost",
    POSTGRES_PORT: port,
    POSTGRES_DB: "postgres",
    POSTGRES_USER: "postgres",
    POSTGRES_PASSWORD: Redacted.make("right"),
    ...over,
  })
  const using = <A, E>(over: Partial<SettingValues>, effect: Effect.Effect<A, E, PgClient.PgClient | SqlClient>) =>
    Effect.provide(effect, Postgres.layer(fromSettings(settings(over))!))

  const encryption = Effect.flatMap(SqlClient, (sql) => sql<{ ssl: boolean }>`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`)
  const isEncrypted = (over: Partial<SettingValues>) => Effect.map(using(over, encryption), (rows) => rows[0]!.ssl)
  const refusal = (over: Partial<SettingValues>) =>
    Effect.map(Effect.flip(using(over, verify)), (error: { message: string }) => error.message)
  const url = (rest: string) => ({ DATABASE_URL: Redacted.make(`postgresql://postgres:right@localhost:${port}/postgres${rest}`) })

  it.live("is encrypted where that is asked for, by the settings or in the URL", () =>
    Effect.gen(function* () {
      const trusted = { POSTGRES_SSLROOTCERT: ours.authority }
      assert.isTrue(yield* isEncrypted({ POSTGRES_SSLMODE: "require" }))
      assert.isTrue(yield* isEncrypted({ POSTGRES_SSLMODE: "verify-full", ...trusted }))
      assert.isTrue(yield* isEncrypted({ POSTGRES_SSLMODE: "require", ...url("") }))
      assert.isTrue(yield* isEncrypted(url("?sslmode=require")))
      assert.isTrue(yield* isEncrypted({ ...url("?sslmode=verify-ca"), ...trusted }))
      assert.isFalse(yield* isEncrypted({ POSTGRES_PORT: plain.port }))
    }),
  )

  it.live("a certificate that is not to be trusted is refused, and what to set is said", () =>
    Effect.gen(function* () {
      const strange = makeCertificates(mkdtempSync(join(directory, "strange-")), "localhost")
      const checked = { POSTGRES_SSLMODE: "verify-full" } as const
      for (const over of [checked, { ...checked, POSTGRES_SSLROOTCERT: strange.authority }, url("?sslmode=verify-full")]) {
        assert.match(yield* refusal(over), /^PostgreSQL cannot be used: unable to verify.*: POSTGRES_SSLROOTCERT must name the file/)
      }
      const elsewhere = { ...checked, POSTGRES_SSLROOTCERT: ours.authority, POSTGRES_HOST: "127.0.0.1" }
      assert.match(yield* refusal(elsewhere), /127\.0\.0\.1 is not in the cert's list.*POSTGRES_HOST must be a name/)
    }),
  )

  it.live("a service that waits for its schema waits for a server, and not for one that it must not trust", () =>
    Effect.gen(function* () {
      const untrusted = { POSTGRES_SSLMODE: "verify-full" } as const
      assert.include(explain(yield* Effect.flip(using(untrusted, waitFor(1)))), "POSTGRES_SSLROOTCERT must name the file")
      const away = yield* Effect.promise(() => startPostgres())
      yield* Effect.promise(() => away.stop())
      const waiting = yield* Effect.forkChild(using({ POSTGRES_PORT: away.port }, waitFor(0)))
      yield* Effect.flip(using({ POSTGRES_PORT: away.port }, verify))
      assert.isUndefined(waiting.pollUnsafe())
      yield* Effect.promise(() => away.start())
      assert.strictEqual(yield* Fiber.join(waiting), 0)
      yield* Effect.promise(() => away.destroy())
    }),
  )

  it.live("a file of certificates that cannot be used is one clear line", () =>
    Effect.gen(function* () {
      const file = (path: string) => refusal({ POSTGRES_SSLMODE: "verify-full", POSTGRES_SSLROOTCERT: path })
      const nowhere = join(directory, "nowhere.pem")
      assert.strictEqual(yield* file(nowhere), `POSTGRES_SSLROOTCERT is "${nowhere}": ENOENT: no such file or directory, open '${nowhere}'`)
      assert.match(yield* file(ours.key), /^POSTGRES_SSLROOTCERT is ".*": there is no certificate in this file$/)
    }),
  )

  it.live("encryption that one side wants and the other has not is said", () =>
    Effect.gen(function* () {
      assert.match(yield* refusal({}), /no encryption.*: the server may want TLS: set POSTGRES_SSLMODE/)
      assert.match(
        yield* refusal({ POSTGRES_SSLMODE: "require", POSTGRES_PORT: plain.port }),
        /does not support TLS: set POSTGRES_SSLMODE to disable/,
      )
    }),
  )

  it.live("a wrong password, user, database, host or port is named without the password", () =>
    Effect.gen(function* () {
      const way = { POSTGRES_PORT: plain.port }
      const wrong = yield* refusal({ ...way, POSTGRES_PASSWORD: Redacted.make("tr0ub4dor") })
      assert.match(wrong, /password authentication failed for user "postgres" \(28P01\): check POSTGRES_USER and POSTGRES_PASSWORD/)
      assert.notInclude(wrong, "tr0ub4dor")
      assert.match(
        yield* refusal({ ...way, POSTGRES_PASSWORD: Redacted.make("") }),
        /requested password.*: check POSTGRES_USER and POSTGRES_PASSWORD/,
      )
      assert.match(yield* refusal({ ...way, POSTGRES_USER: "nobody" }), /"nobody".*: check POSTGRES_USER/)
      assert.match(yield* refusal({ ...way, POSTGRES_DB: "absent" }), /database "absent" does not exist.*POSTGRES_DB/)
      assert.match(yield* refusal({ POSTGRES_PORT: 1 }), /ECONNREFUSED.*: check POSTGRES_HOST and POSTGRES_PORT/)
      assert.match(yield* refusal({ POSTGRES_HOST: join(directory, "no-socket") }), /ENOENT.*: check POSTGRES_HOST and POSTGRES_PORT/)
      // Reserved never to exist; without a network the resolver says so in another way.
      assert.match(yield* refusal({ POSTGRES_HOST: "nowhere.invalid" }), /nowhere\.invalid.*: check POSTGRES_HOST and POSTGRES_PORT/)
    }),
  )

  it.live("a replica in the primary's place is refused", () =>
    Effect.gen(function* () {
      const replica = yield* replicaOf(plain)
      assert.match(yield* refusal({ POSTGRES_PORT: replica.port }), /is a read replica: name the primary/)
    }),
  )

  it.live("a statement past DATABASE_STATEMENT_TIMEOUT is ended by the server", () =>
    Effect.gen(function* () {
      const slow = Effect.flatMap(SqlClient, (sql) => sql`SELECT pg_sleep(60)`)
      const connection = fromSettings(settings({ POSTGRES_PORT: plain.port }))!
      const limited = Postgres.layer({ ...connection, statementTimeout: "100 millis", poolSize: 2 })
      const error: SqlError = yield* Effect.flip(Effect.provide(slow, limited))
      assert.strictEqual(error.reason._tag, "StatementTimeoutError")
    }),
  )
})
