import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import { chownSync, closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { notInstalled } from "./missing.ts"
import { freePort } from "./ports.ts"
import { configure, newestPostgres, type Place, place, type PostgresServerOptions } from "./postgresPlace.ts"
import { end } from "./processes.ts"

export type { PostgresServerOptions }

/** Why PostgreSQL cannot be started here, or null. An error where `SIGNALFLOW_INFRA=required`. */
export const postgresMissing = (): string | null => {
  const found = newestPostgres()
  if (found !== undefined && spawnSync(join(found, "bin/postgres"), ["--version"]).status === 0) return null
  return notInstalled("PostgreSQL")
}

/** Why no file system of its own can be given to a server here, or null: only root may mount one, and not in every container. */
export const tmpfsMissing = (): string | null => {
  const at = mkdtempSync(join(tmpdir(), "signalflow-tmpfs-"))
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", at]).status === 0
  if (mounted) execFileSync("umount", [at])
  rmSync(at, { recursive: true })
  if (mounted) return null
  const why = "A tmpfs cannot be mounted here: what a full disk does is not tested"
  process.stderr.write(`${why}\n`)
  return why
}

export interface PostgresServer {
  readonly host: "127.0.0.1"
  readonly port: number
  readonly username: "postgres"
  readonly password: "right"
  readonly database: "postgres"
  readonly data: string
  /** The directory of the log of transactions where that lies apart. */
  readonly wal: string
  readonly log: () => string
  /** Starts it again on its data and waits until it answers. */
  readonly start: () => Promise<void>
  readonly runs: () => boolean
  /** As pg_ctl's modes: `fast` ends sessions in order, `immediate` as a power cut does. */
  readonly stop: (mode?: "fast" | "immediate") => Promise<void>
  /** To the postmaster and all its processes: SIGSTOP makes a server that neither answers nor closes its connections. */
  readonly signal: (signal: NodeJS.Signals) => void
  /** Runs SQL by psql as the superuser and returns what it printed, unaligned. */
  readonly psql: (sql: string, database?: string) => string
  /** Another server that follows this one, made by `pg_basebackup -R`. */
  readonly replica: (settings?: Readonly<Record<string, string>>) => Promise<PostgresServer>
  /** Ends it and removes all that it was. */
  readonly destroy: () => Promise<void>
}

const childrenOf = (parent: number): ReadonlyArray<number> =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
        return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === parent
      } catch {
        return false
      }
    })
    .map(Number)

const READY_MS = 60_000

/** Polls, for what only the server's own processes know. */
const until = async (what: string, check: () => boolean | string): Promise<void> => {
  const deadline = Date.now() + READY_MS
  for (;;) {
    const found = check()
    if (found === true) return
    if (typeof found === "string" || Date.now() > deadline) throw new Error(`${what}: ${found === false ? "it takes too long" : found}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const server = (at: Place, port: number, options: PostgresServerOptions): PostgresServer => {
  const data = join(at.home, "data")
  const logFile = join(at.home, "server.log")
  const environment = { ...process.env, PGPASSWORD: "right", PGCONNECT_TIMEOUT: "5" }
  const as = { ...at.user, cwd: at.home, env: environment }
  let running: ChildProcess | undefined

  const alive = () => running !== undefined && running.exitCode === null && running.signalCode === null
  const log = () => readFileSync(logFile, "utf8")

  const launch = () => {
    const out = openSync(logFile, "a")
    const { PGPASSWORD: _, ...inherited } = environment
    const rest = { ...inherited, ...options.environment }
    running = spawn(join(at.bin, "postgres"), ["-D", data], { ...as, env: rest, stdio: ["ignore", out, out] })
    closeSync(out)
  }

  const start = async () => {
    launch()
    // What a killed postmaster leaves behind lets go of its shared memory a moment later.
    await until("PostgreSQL did not start", () => {
      if (!alive()) {
        if (!/still in use|is another postmaster|pre-existing shared memory/.test(log().slice(-500))) return log().slice(-2_000)
        launch()
        return false
      }
      return spawnSync(join(at.bin, "pg_isready"), ["-q", "-h", at.home, "-p", String(port)], as).status === 0
    })
  }

  const stop = async (signal: NodeJS.Signals) => {
    if (running !== undefined) await end(running, signal, 20_000)
  }

  const signal = (name: NodeJS.Signals) => {
    if (!alive()) return
    // The postmaster first: it starts no process then.
    for (const pid of [running!.pid!, ...childrenOf(running!.pid!)]) {
      try {
        process.kill(pid, name)
      } catch {
        // It has ended meanwhile.
      }
    }
  }
  const clean = () => {
    if (options.tmpfs !== undefined) spawnSync("umount", ["-l", options.tmpfs.holds === "data" ? data : join(at.home, "log")])
    rmSync(at.home, { recursive: true, force: true, maxRetries: 10 })
  }
  const atExit = () => {
    signal("SIGKILL")
    clean()
  }
  process.once("exit", atExit)

  return {
    host: "127.0.0.1",
    port,
    username: "postgres",
    password: "right",
    database: "postgres",
    data,
    wal: join(at.home, "log"),
    log,
    start,
    runs: alive,
    stop: (mode = "fast") => stop(mode === "fast" ? "SIGINT" : "SIGQUIT"),
    signal,
    psql: (sql, database = "postgres") => {
      const flags = ["-XAtq", "-v", "ON_ERROR_STOP=1", "-h", at.home, "-p", String(port), "-U", "postgres", "-d", database, "-c", sql]
      return execFileSync(join(at.bin, "psql"), flags, { ...as, stdio: ["ignore", "pipe", "pipe"] })
        .toString()
        .trim()
    },
    replica: async (settings = {}) => {
      const { tmpfs: _, ...kept } = options
      const forReplica = { ...kept, settings: { ...options.settings, ...settings } }
      const there = place(forReplica)
      const flags = [
        "-h",
        "127.0.0.1",
        "-p",
        String(port),
        "-U",
        "postgres",
        "-D",
        join(there.home, "data"),
        "-R",
        "-X",
        "stream",
        "-c",
        "fast",
      ]
      const portThere = await freePort()
      const follower = server(there, portThere, forReplica)
      try {
        execFileSync(join(at.bin, "pg_basebackup"), flags, { ...as, cwd: there.home, stdio: ["ignore", "ignore", "pipe"] })
        configure(there, portThere, forReplica)
        await follower.start()
      } catch (error) {
        await follower.destroy()
        throw error
      }
      return follower
    },
    destroy: async () => {
      await stop("SIGQUIT")
      process.removeListener("exit", atExit)
      clean()
    },
  }
}

/** A PostgreSQL of the test's own: private data, loopback only, user `postgres` with password `right`. */
export const startPostgres = async (options: PostgresServerOptions = {}): Promise<PostgresServer> => {
  const at = place(options)
  const secret = join(at.home, "password")
  writeFileSync(secret, "right\n", { mode: 0o600 })
  if (at.user !== undefined) chownSync(secret, at.user.uid, at.user.gid)
  const flags = [
    "-D",
    join(at.home, "data"),
    "-U",
    "postgres",
    "-A",
    "scram-sha-256",
    `--pwfile=${secret}`,
    "-E",
    "UTF8",
    "--locale=C.UTF-8",
  ]
  if (options.tmpfs !== undefined) flags.push("-X", join(at.home, "log"))
  execFileSync(join(at.bin, "initdb"), [...flags, "--no-sync"], { ...at.user, cwd: at.home, stdio: ["ignore", "ignore", "pipe"] })
  const port = await freePort()
  configure(at, port, options)
  const made = server(at, port, options)
  try {
    await made.start()
  } catch (error) {
    await made.destroy()
    throw error
  }
  return made
}
