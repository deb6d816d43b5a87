import * as PgClient from "@effect/sql-pg/PgClient"
import { Effect, Redacted } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import type { SqlError } from "effect/sql/SqlError"
import { describe, sqlState } from "../Sql.ts"
import { EmbeddedPostgresError } from "./EmbeddedPostgresError.ts"

/** Owns the server. Programs sign in as it for a moment at their start, and never work as it. */
export const ADMIN = "signalflow_admin"
/** Owns the data; what the programs work as. May make databases, and nothing else that its own do not need. */
export const APP = "signalflow"
/** A superuser for one moment: nobody renames the role that they are. */
const MOVER = "signalflow_mover"

export interface Passwords {
  readonly app: Redacted.Redacted
  readonly admin: Redacted.Redacted
}

interface Server {
  readonly host: string
  readonly port: number
  readonly data: string
}

const REFUSED: ReadonlySet<string | undefined> = new Set(["28P01", "28000"])
/** Somebody else has just made it, perhaps a program that was killed while it waited. */
const IS_THERE: ReadonlySet<string | undefined> = new Set(["42P04", "42710", "23505"])

const as = (server: Server, username: string, password: Redacted.Redacted, database: string) => {
  const { host, port } = server
  return <A>(run: (sql: PgClient.PgClient) => Effect.Effect<A, SqlError>): Effect.Effect<A, SqlError> =>
    PgClient.makeClient({ host, port, username, password, database, applicationName: "signalflow embedded" }).pipe(
      Effect.flatMap(run),
      Effect.scoped,
      Effect.provide(Reactivity.layer),
    )
}

const ofText = (sql: PgClient.PgClient, text: Redacted.Redacted) => sql.literal(`'${Redacted.value(text).replaceAll("'", "''")}'`)

const unlessThere = Effect.catch((error: SqlError) => (IS_THERE.has(sqlState(error)) ? Effect.void : Effect.fail(error)))

/** Gives what the admin made in this database, when it was the only role, to the app's. */
const giveObjects = (sql: PgClient.PgClient) =>
  sql`do $$
    declare
      thing record;
    begin
      for thing in
        select format('alter %s %s owner to ${sql.literal(APP)}', case c.relkind when 'v' then 'view' when 'm' then 'materialized view'
          when 'S' then 'sequence' when 'f' then 'foreign table' else 'table' end, c.oid::regclass) as statement
        from pg_class c where c.relowner = '${sql.literal(ADMIN)}'::regrole and c.relnamespace in (select oid from pg_namespace where nspname = 'public')
          and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
          -- A sequence of a column follows its table.
          and (c.relkind <> 'S' or not exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')))
        union all
        select format('alter routine %s owner to ${sql.literal(APP)}', p.oid::regprocedure) from pg_proc p
        where p.proowner = '${sql.literal(ADMIN)}'::regrole and p.pronamespace in (select oid from pg_namespace where nspname = 'public')
      loop
        execute thing.statement;
      end loop;
      execute 'alter schema public owner to ${sql.literal(APP)}';
    end $$`

/** Turns the one role of earlier versions, the superuser that initdb made, into the admin, and makes the app's anew. All or nothing. */
const split = (server: Server, { app, admin }: Passwords) =>
  Effect.gen(function* () {
    yield* as(
      server,
      APP,
      app,
      "postgres",
    )((sql) =>
      Effect.andThen(
        unlessThere(sql`create role ${sql(MOVER)} superuser login`),
        sql`alter role ${sql(MOVER)} password ${ofText(sql, admin)}`,
      ),
    )
    yield* as(
      server,
      MOVER,
      admin,
      "postgres",
    )((sql) =>
      sql.withTransaction(
        Effect.gen(function* () {
          yield* sql`alter role ${sql(APP)} rename to ${sql(ADMIN)}`
          yield* sql`alter role ${sql(ADMIN)} password ${ofText(sql, admin)}`
          yield* sql`create role ${sql(APP)} login nosuperuser createdb password ${ofText(sql, app)}`
        }),
      ),
    )
  })

/** Roles and the database as they must be; costs two short connections where they are. */
const settle = (server: Server, database: string, { app, admin }: Passwords) =>
  Effect.gen(function* () {
    const others = yield* as(
      server,
      ADMIN,
      admin,
      "postgres",
    )((sql) =>
      Effect.gen(function* () {
        yield* sql`drop role if exists ${sql(MOVER)}`
        const [role] = yield* sql<{ n: number }>`select count(*)::int as n from pg_roles where rolname = ${APP}`
        if (role!.n === 0) yield* unlessThere(sql`create role ${sql(APP)} login nosuperuser createdb password ${ofText(sql, app)}`)
        // So that what was removed leaves the write-ahead log, too.
        yield* sql`grant pg_checkpoint to ${sql(APP)}`
        const found = yield* sql`select from pg_database where datname = ${database}`
        if (found.length === 0) yield* unlessThere(sql`create database ${sql(database)} owner ${sql(APP)}`)
        const owned = yield* sql<{ name: string }>`select datname as name from pg_database
          where datdba = ${ADMIN}::regrole and datallowconn and not datistemplate and datname <> 'postgres'`
        for (const { name } of owned) yield* sql`alter database ${sql(name)} owner to ${sql(APP)}`
        return owned.map(({ name }) => name)
      }),
    )
    for (const name of new Set([database, ...others]))
      yield* as(
        server,
        ADMIN,
        admin,
        name,
      )((sql) =>
        Effect.gen(function* () {
          const [left] = yield* sql<{ n: number }>`select (
            (select count(*) from pg_namespace where nspname = 'public' and nspowner <> ${APP}::regrole) +
            (select count(*) from pg_class where relnamespace = to_regnamespace('public') and relowner = ${ADMIN}::regrole) +
            (select count(*) from pg_proc where pronamespace = to_regnamespace('public') and proowner = ${ADMIN}::regrole))::int as n`
          if (left!.n > 0) yield* giveObjects(sql)
          yield* sql`grant execute on function pg_switch_wal() to ${sql(APP)}`
        }),
      )
  })

/**
 * Sees to it that the programs work as a role that is no superuser and owns its database. A server that an earlier version made is
 * changed over at its next start; its data stay as they are.
 */
export const ensure = (server: Server, database: string, passwords: Passwords): Effect.Effect<void, EmbeddedPostgresError> =>
  settle(server, database, passwords).pipe(
    Effect.catch((error) =>
      REFUSED.has(sqlState(error)) ? Effect.andThen(split(server, passwords), settle(server, database, passwords)) : Effect.fail(error),
    ),
    Effect.andThen(as(server, APP, passwords.app, database)((sql) => sql`select 1`)),
    Effect.asVoid,
    Effect.mapError(
      (cause) =>
        new EmbeddedPostgresError({
          message: `The embedded PostgreSQL in ${server.data} runs and refuses this program: ${describe(cause)}`,
          cause,
        }),
    ),
  )
