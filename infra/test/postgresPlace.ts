import { execFileSync } from "node:child_process"
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const root = "/usr/lib/postgresql"

/** Where the newest installed PostgreSQL is, with its `bin`. */
export const newestPostgres = (): string | undefined => {
  try {
    const versions = readdirSync(root).filter((name) => /^\d+$/.test(name))
    return versions.toSorted((a, b) => Number(b) - Number(a)).map((name) => join(root, name))[0]
  } catch {
    return undefined
  }
}

export interface PostgresServerOptions {
  /** Lines of postgresql.conf, over the defaults. */
  readonly settings?: Readonly<Record<string, string>>
  /** PEM files; the server then asks for TLS on TCP and refuses to go without. */
  readonly tls?: { readonly certificate: string; readonly key: string }
  /** A small file system of its own for the data or for the log of transactions, which lies apart from them then. */
  readonly tmpfs?: { readonly megabytes: number; readonly holds: "data" | "log" }
  /** Added to the environment of the server's processes. */
  readonly environment?: Readonly<Record<string, string>>
  /** Where `bin` is; default: the newest of Debian's. */
  readonly installation?: string
}

/** As whom a server is run that refuses to run as root, or undefined where this is another user already. */
export const account = (): { uid: number; gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined
  const [uid, gid] = ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, "postgres"]).toString()))
  return { uid: uid!, gid: gid! }
}

const defaults = {
  listen_addresses: "127.0.0.1",
  fsync: "off",
  shared_buffers: "32MB",
  max_connections: "60",
  max_wal_size: "256MB",
  wal_level: "replica",
  max_wal_senders: "4",
  hot_standby: "on",
  timezone: "UTC",
  log_min_messages: "warning",
  wal_keep_size: "64MB",
  wal_retrieve_retry_interval: "200ms",
  autovacuum_naptime: "300s",
}

export interface Place {
  readonly home: string
  readonly bin: string
  readonly user: { uid: number; gid: number } | undefined
}

/** A directory of the server's own, with what it asks for mounted. */
export const place = (options: PostgresServerOptions): Place => {
  const user = account()
  const home = mkdtempSync(join(tmpdir(), "signalflow-pg-"))
  const data = join(home, "data")
  const log = join(home, "log")
  mkdirSync(data)
  mkdirSync(log)
  if (options.tmpfs !== undefined) {
    const { megabytes, holds } = options.tmpfs
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", holds === "data" ? data : log])
  }
  for (const directory of [home, data, log]) {
    chmodSync(directory, 0o700)
    if (user !== undefined) chownSync(directory, user.uid, user.gid)
  }
  return { home, bin: join(options.installation ?? newestPostgres()!, "bin"), user }
}

/** Writes the server's configuration: its own over the defaults. */
export const configure = (at: Place, port: number, options: PostgresServerOptions) => {
  const own = (file: string, text: string) => {
    writeFileSync(join(at.home, "data", file), text, { mode: 0o600 })
    if (at.user !== undefined) chownSync(join(at.home, "data", file), at.user.uid, at.user.gid)
  }
  const settings: Record<string, string> = { ...defaults, port: String(port), unix_socket_directories: at.home, ...options.settings }
  if (options.tls !== undefined) {
    own("server.crt", readFileSync(options.tls.certificate, "utf8"))
    own("server.key", readFileSync(options.tls.key, "utf8"))
    settings["ssl"] = "on"
  }
  own(
    "postgresql.conf",
    Object.entries(settings)
      .map(([name, value]) => `${name} = '${value}'\n`)
      .join(""),
  )
  const type = options.tls === undefined ? "host" : "hostssl"
  own(
    "pg_hba.conf",
    [
      `local all all scram-sha-256`,
      `${type} all all 127.0.0.1/32 scram-sha-256`,
      `host replication all 127.0.0.1/32 scram-sha-256`,
      "",
    ].join("\n"),
  )
}
