import { Clock, Context, Effect, Layer, type Redacted, Schedule, type Scope } from "effect"
import { copyFileSync, statSync, truncateSync } from "node:fs"
import { join } from "node:path"
import * as Binaries from "./Binaries.ts"
import * as Cluster from "./Cluster.ts"
import { EmbeddedPostgresError } from "./EmbeddedPostgresError.ts"
import * as Lease from "./Lease.ts"
import * as Place from "./DataDirectory.ts"
import * as Postmaster from "./Postmaster.ts"
import * as Roles from "./Roles.ts"
import { socketDirectory } from "./SocketDirectory.ts"

export { EmbeddedPostgresError }

export interface EmbeddedPostgresOptions {
  /** The project's `.signalflow` directory. */
  readonly directory: string
  /** Made if the server does not have it. */
  readonly database: string
  /** Where root puts binaries and data that the server's user could not reach otherwise; default `/var/lib/signalflow`. */
  readonly shared?: string
  /** Added to, and over, the server's settings when it is started. */
  readonly settings?: Readonly<Record<string, string>>
}

/** A server of this project that answers, and how to reach it. */
export interface EmbeddedServer {
  /** The directory of its unix socket. */
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password: Redacted.Redacted
  readonly database: string
  /** Whether this program started it; false: it was running already. */
  readonly owned: boolean
  readonly pid: number
  readonly directory: string
  readonly data: string
  readonly binaries: string
  readonly log: string
}

const PORT = 5432

/** For a laptop that does other things too; a commit is on the disk when it is acknowledged. */
const settings = {
  max_connections: "50",
  shared_buffers: "128MB",
  effective_cache_size: "512MB",
  work_mem: "16MB",
  maintenance_work_mem: "64MB",
  random_page_cost: "1.1",
  jit: "off",
  max_parallel_workers_per_gather: "0",
  wal_compression: "on",
  // What was removed leaves the log with its segments: they are deleted, not renamed and kept.
  max_wal_size: "256MB",
  wal_recycle: "off",
  checkpoint_timeout: "15min",
  autovacuum_naptime: "30s",
  autovacuum_vacuum_scale_factor: "0.05",
  autovacuum_analyze_scale_factor: "0.05",
  autovacuum_vacuum_insert_scale_factor: "0.1",
  timezone: "UTC",
  log_timezone: "UTC",
  log_min_messages: "warning",
  // Statements carry what people wrote; the log does not.
  log_min_error_statement: "panic",
  log_parameter_max_length_on_error: "0",
  log_error_verbosity: "terse",
}

const LOG_LIMIT = 8 << 20

/** The server appends to the file, so that it can be cut while it runs; one older piece is kept. */
const boundLog = (log: string) =>
  Effect.sync(() => {
    if (statSync(log).size < LOG_LIMIT) return
    copyFileSync(log, `${log}.1`)
    truncateSync(log)
  }).pipe(Effect.catchDefect(() => Effect.void))

const live = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provideService(effect, Clock.Clock, Clock.Clock.defaultValue())

const stopAny = (data: string) =>
  Effect.suspend(() => {
    const server = Postmaster.running(data)
    return server === undefined ? Effect.void : Postmaster.stop(data, server)
  })

/**
 * Starts this project's server, or joins the one that runs; the program that leaves last stops it.
 * A server whose program was killed lives on and is joined by the next one; one that dies under its programs is started again.
 */
export const make = (options: EmbeddedPostgresOptions): Effect.Effect<EmbeddedServer, EmbeddedPostgresError, Scope.Scope> =>
  live(
    Effect.gen(function* () {
      yield* Binaries.shipped
      const shared = options.shared ?? "/var/lib/signalflow"
      const directory = yield* Place.makeDirectory(options.directory)
      const log = join(directory, "postgres.log")
      const lease = Lease.make(directory)

      const open = Effect.gen(function* () {
        const place = yield* Place.resolve(directory, shared)
        const data = Place.dataOf(place.base)
        yield* lease.use(live(stopAny(data)))
        const binaries = yield* Binaries.find(place.user, place.user === undefined ? (Place.ownShared() ?? directory) : shared)
        const passwords = yield* Cluster.ensure(place, binaries)
        yield* boundLog(log)
        const ensureRunning = Effect.gen(function* () {
          const found = yield* Postmaster.settled(data)
          if (found !== undefined) return { ...found, owned: false }
          const sockets = yield* socketDirectory(place)
          const all = { ...settings, ...options.settings }
          const started = yield* Postmaster.start({
            binaries,
            data,
            socketDirectory: sockets,
            port: PORT,
            log,
            user: place.user,
            settings: all,
          })
          return { ...started, owned: true }
        })
        const { pid, port, socketDirectory: host, owned } = yield* ensureRunning
        const server: EmbeddedServer = {
          host,
          port,
          username: Roles.APP,
          password: passwords.app,
          database: options.database,
          owned,
          pid,
          directory,
          data,
          binaries: binaries.directory,
          log,
        }
        yield* Roles.ensure(server, options.database, passwords)
        const { password: _, owned: __, pid: ___, ...known } = server
        yield* Place.remember(place, { ...known, user: place.user?.name ?? null })
        if (place.relocated) yield* Effect.logInfo(`The database of ${directory} is in ${data}: its server's user cannot reach the project`)
        return { server, revive: lease.alone(ensureRunning) }
      })

      const { server, revive } = yield* lease.alone(open)
      const revived = Effect.flatMap(revive, ({ owned }) =>
        owned ? Effect.logWarning(`The embedded PostgreSQL had died and was started again (${log})`) : Effect.void,
      ).pipe(Effect.catch((error) => Effect.logError(error.message)))
      const watch = Effect.suspend(() => (Postmaster.running(server.data) === undefined ? revived : Effect.void))
      yield* Effect.forkScoped(Effect.repeat(watch, Schedule.spaced("1 second")))
      yield* Effect.forkScoped(Effect.repeat(boundLog(log), Schedule.spaced("1 minute")))
      return server
    }),
  )

/** The embedded server of a project. */
export class EmbeddedPostgres extends Context.Service<EmbeddedPostgres, EmbeddedServer>()("@signalflow/platform/EmbeddedPostgres") {
  static readonly layer = (options: EmbeddedPostgresOptions) => Layer.effect(EmbeddedPostgres, make(options))
}
