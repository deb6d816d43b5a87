import { proxyEnvironment, shownProxy } from "@signalflow/platform/Proxy"
import { isSet, Settings, type SettingValues } from "@signalflow/domain/settings/Settings"
import { Effect, Stream } from "effect"
import { existsSync, statfsSync } from "node:fs"
import { createServer } from "node:net"
import { dirname, resolve } from "node:path"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Migrations from "@signalflow/platform/postgres/migrations/Migrations"
import { fromSettings } from "@signalflow/platform/postgres/PostgresSettings"
import { type Check, failed, ok, warning } from "./Check.ts"
import { databaseUnmigrated } from "../layers/Database.ts"
import { dashboardBuild, sqlDirectory } from "../layers/Paths.ts"
import { Beside } from "../running/Beside.ts"
import type { Marker } from "../running/Marker.ts"
import { nameOf } from "../running/Sentence.ts"
import * as ServerChecks from "./ServerChecks.ts"
import { sources } from "./SourceChecks.ts"

const node = Effect.sync(() =>
  Number(process.versions.node.split(".")[0]) >= 24
    ? ok("node", `Node ${process.versions.node}`)
    : failed("node", `Node ${process.versions.node}`, 'Use Node 24 or newer: "npm ci" installs one for this project.'),
)

const portCheck = (
  name: string,
  variable: "PORT" | "METRICS_PORT",
  { [variable]: port, HOST: host }: SettingValues,
  program: Marker | null,
) =>
  Effect.callback<Check>((resume) => {
    if (program?.listening === true && program.settings[variable] === String(port))
      return resume(Effect.succeed(ok(name, `${host}:${port}, where ${nameOf(program.kind)} (pid ${program.pid}) answers`)))
    const server = createServer()
    server.once("error", (cause: NodeJS.ErrnoException) =>
      resume(
        Effect.succeed(
          cause.code === "EADDRINUSE"
            ? warning(
                name,
                `${host}:${port} is in use`,
                `Fine if that is SignalFlow running. Otherwise stop the other program or set ${variable}.`,
              )
            : failed(
                name,
                `${host}:${port} cannot be used: ${cause.message}`,
                `Set HOST and ${variable} to an address of this machine that you may use.`,
              ),
        ),
      ),
    )
    server.listen(port, host, () =>
      server.close(() => resume(Effect.succeed(ok(name, port === 0 ? "any free port" : `${host}:${port} is free`)))),
    )
  })

const disk = (directory: string) =>
  Effect.sync(() => {
    let place = resolve(directory)
    while (!existsSync(place) && place !== dirname(place)) place = dirname(place)
    const { bavail, bsize } = statfsSync(place)
    const gigabytes = (bavail * bsize) / 2 ** 30
    const found = `${gigabytes.toFixed(1)} GB free for ${directory}`
    if (gigabytes < 0.5) return failed("disk", found, "Free at least 2 GB, or set DATA_DIR to a disk that has room.")
    return gigabytes < 2 ? warning("disk", found, "A month of signals wants about 2 GB.") : ok("disk", found)
  })

const dashboard = Effect.sync(() =>
  existsSync(`${dashboardBuild}/index.html`) ? ok("dashboard", "built") : warning("dashboard", "not built", 'Run "npm run build".'),
)

const database = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const rows = yield* sql<{ version: string }>`select split_part(version(), ' ', 2) as version`
  const { pending } = yield* Migrations.status(sqlDirectory)
  const found = `PostgreSQL ${rows[0]!.version}`
  return pending.length === 0
    ? ok("database", `${found}, schema up to date`)
    : warning(
        "database",
        `${found}, ${pending.length} migration(s) to apply`,
        '"signalflow up" applies them to the embedded database; to another, "signalflow migrate".',
      )
}).pipe(
  Effect.provide(databaseUnmigrated("signalflow doctor")),
  Effect.catch((error) =>
    Effect.succeed(failed("database", error.message, "See the message; the embedded server's log is postgres.log in DATA_DIR.")),
  ),
)

const reachable = (name: string, url: string, setting: string) =>
  Effect.tryPromise(() => fetch(url, { signal: AbortSignal.timeout(5_000) })).pipe(
    Effect.map((response) =>
      response.status < 500
        ? ok(name, `${new URL(url).host} answers`)
        : warning(name, `${new URL(url).host} answers ${response.status}`, "Wait: the platform has trouble."),
    ),
    Effect.catch(() =>
      Effect.succeed(
        warning(
          name,
          `${new URL(url).host} does not answer`,
          `Check the network and proxies, or ${setting}. The other sources work without it.`,
        ),
      ),
    ),
  )

/** Through which proxies upstreams are asked; where the environment names none, nothing is said. */
const proxies = (): ReadonlyArray<Effect.Effect<Check>> => {
  const named = proxyEnvironment(process.env)
  if (named === null) return []
  const { http_proxy: plain, https_proxy: secure, no_proxy: none } = named
  const through = [
    secure === undefined ? [] : [`https by ${shownProxy(secure)}`],
    plain === undefined ? [] : [`http by ${shownProxy(plain)}`],
  ].flat()
  const found = `upstreams, feeds and Bluesky's stream are asked through ${through.join(", ")}; not for ${none}`
  return [
    Effect.succeed(
      secure === undefined
        ? warning("proxy", found, "Set HTTPS_PROXY, too: without it https addresses are asked directly.")
        : ok("proxy", found),
    ),
  ]
}

/** Everything that a start stands on, checked one after the other. */
export const checks = Effect.gen(function* () {
  const settings = yield* Settings
  const { program } = yield* Beside
  const jetstream = settings.BLUESKY_JETSTREAM_URL.split(",")[0]!.trim().replace(/^ws/, "http")
  return [
    node,
    disk(settings.DATA_DIR),
    dashboard,
    ...proxies(),
    portCheck("port", "PORT", settings, program),
    portCheck("metrics port", "METRICS_PORT", settings, program),
    fromSettings(settings) !== null || process.platform !== "win32"
      ? database
      : Effect.succeed(warning("database", "not checked", "Set DATABASE_URL.")),
    ...(settings.KAFKA_BOOTSTRAP_SERVERS.length > 0 ? [ServerChecks.kafka] : []),
    ...(isSet(settings.REDIS_URL) ? [ServerChecks.redis] : []),
    ...(settings.POSTGRES_REPLICA_HOST === "" ? [] : [ServerChecks.replica]),
    reachable("hackernews", `${settings.HN_API_URL}/v0/maxitem.json`, "HN_API_URL"),
    reachable("hackernews search", `${settings.HN_SEARCH_URL}/api/v1/search_by_date?hitsPerPage=1`, "HN_SEARCH_URL"),
    reachable("bluesky", jetstream, "BLUESKY_JETSTREAM_URL"),
  ]
}).pipe(
  Effect.map((all) =>
    Stream.fromIterable(all).pipe(
      Stream.mapEffect((check) => check),
      Stream.concat(Stream.fromIterableEffect(sources)),
    ),
  ),
  Stream.unwrap,
)
