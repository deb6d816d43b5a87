import { Effect, Redacted, Schedule } from "effect"
import { postgresMissing, type PostgresServer, type PostgresServerOptions, startPostgres } from "../../../../infra/test/postgres.ts"
import type { PostgresConnection } from "../../src/postgres/Postgres.ts"

/** Why tests with a PostgreSQL that they stop, follow or configure are skipped here, or null. */
export const missing = postgresMissing()

const own = (start: () => Promise<PostgresServer>) =>
  Effect.acquireRelease(Effect.promise(start), (server) => Effect.promise(() => server.destroy()))

/** A server of the test's own. */
export const testServer = (options?: PostgresServerOptions) => own(() => startPostgres(options))

/** Another one that follows it. */
export const replicaOf = (primary: PostgresServer, settings?: Readonly<Record<string, string>>) => own(() => primary.replica(settings))

export const connectionTo = ({ host, port, username, password, database }: PostgresServer): PostgresConnection => ({
  host,
  port,
  username,
  database,
  password: Redacted.make(password),
})

/** Asks again, for what the servers' processes decide, until the answer is `good`. */
export const until = <A, E, R>(ask: Effect.Effect<A, E, R>, good: (answer: A) => boolean) =>
  ask.pipe(Effect.repeat({ until: good, schedule: Schedule.spaced("20 millis") }), Effect.timeout("20 seconds"))
