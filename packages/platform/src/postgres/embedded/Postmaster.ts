import { Effect, Schedule } from "effect"
import { execFileSync, spawn } from "node:child_process"
import { closeSync, existsSync, openSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import type { Binaries } from "./Binaries.ts"
import { environment } from "./Command.ts"
import { attempt, EmbeddedPostgresError } from "./EmbeddedPostgresError.ts"
import { firstCause } from "./FirstCause.ts"
import type { ServerUser } from "./ServerUser.ts"

/** A running server as its `postmaster.pid` tells it. */
export interface Postmaster {
  readonly pid: number
  readonly port: number
  readonly socketDirectory: string
  readonly status: string
}

const pidFile = (data: string) => join(data, "postmaster.pid")

const isPostmaster = (pid: number, data: string): boolean => {
  try {
    if (process.platform === "linux") return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data)
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" }).includes(data)
  } catch {
    return false
  }
}

/** The server that runs on `data` now, whoever started it; a pid file left by a dead one counts for nothing. */
export const running = (data: string): Postmaster | undefined => {
  let lines: ReadonlyArray<string>
  try {
    lines = readFileSync(pidFile(data), "utf8").split("\n")
  } catch {
    return undefined
  }
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 1 || !isPostmaster(pid, data)) return undefined
  return { pid, port: Number(lines[3]), socketDirectory: lines[4] ?? "", status: (lines[7] ?? "").trim() }
}

/** No process has this id: PostgreSQL then heals its lock files itself, and still sees shared memory that is in use. */
const NO_PID = 2 ** 31 - 2

const disarm = (data: string, socketDirectory: string, port: number) =>
  attempt(`Cannot clear the locks that a dead server left in ${data}`, () => {
    for (const name of [`.s.PGSQL.${port}`, `.s.PGSQL.${port}.lock`]) rmSync(join(socketDirectory, name), { force: true })
    if (!existsSync(pidFile(data))) return
    const [, ...rest] = readFileSync(pidFile(data), "utf8").split("\n")
    if (rest.length === 0) rmSync(pidFile(data), { force: true })
    else writeFileSync(pidFile(data), [NO_PID, ...rest].join("\n"))
  })

export interface Start {
  readonly binaries: Binaries
  readonly data: string
  readonly socketDirectory: string
  readonly port: number
  readonly log: string
  readonly user: ServerUser | undefined
  readonly settings: Readonly<Record<string, string>>
}

const tail = (log: string, from: number): string => {
  try {
    return readFileSync(log).subarray(from).toString("utf8").trim().split("\n").slice(-200).join("\n")
  } catch {
    return ""
  }
}

const refused = (start: Start, said: string) =>
  new EmbeddedPostgresError({
    message: /No space left on device/.test(said)
      ? `PostgreSQL did not start: the disk that holds ${start.data} is full. Free some space and start again`
      : `PostgreSQL did not start on ${start.data}: ${firstCause(said)} (the rest is in ${start.log})`,
  })

/** The setting is a list: a comma, a space or a quote in a path would end the entry. */
const quoted = (path: string): string => `"${path.replaceAll('"', '""')}"`

/** Its own session, so that a terminal's Ctrl-C reaches this program alone, which then stops the server in order. */
const launch = (start: Start) =>
  attempt(`Cannot run ${start.binaries.postgres}`, () => {
    const ids = start.user === undefined ? {} : { uid: start.user.uid, gid: start.user.gid }
    const settings = {
      ...start.settings,
      listen_addresses: "",
      unix_socket_directories: quoted(start.socketDirectory),
      unix_socket_permissions: "0700",
      port: String(start.port),
    }
    const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
    const log = openSync(start.log, "a", 0o600)
    const child = spawn(start.binaries.postgres, ["-D", start.data, ...flags], {
      ...ids,
      cwd: "/",
      env: environment,
      detached: true,
      stdio: ["ignore", log, log],
    })
    closeSync(log)
    child.unref()
    let failure: Error | undefined
    child.on("error", (error) => (failure = error))
    return {
      ended: () => failure !== undefined || child.exitCode !== null || child.signalCode !== null,
      failure: () => failure,
      interrupt: () => child.kill("SIGINT"),
    }
  })

const poll = Schedule.spaced("10 millis")

const answers = (path: string): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    const socket = connect(path)
    socket.on("connect", () => resume(Effect.succeed(true))).on("error", () => resume(Effect.succeed(false)))
    socket.on("connect", () => socket.destroy())
    return Effect.sync(() => socket.destroy())
  })

/** A server in another container that shares the directory has no process id here, but its socket answers. */
const refuseForeign = ({ data, socketDirectory, port }: Start) =>
  Effect.flatMap(answers(join(socketDirectory, `.s.PGSQL.${port}`)), (answered) =>
    answered
      ? Effect.fail(
          new EmbeddedPostgresError({
            message: `A server that this program cannot see, perhaps in another container, is using ${data}: end it, or give this program a directory of its own`,
          }),
        )
      : Effect.void,
  )

/** Starts the server and returns when it answers; recovery after a crash may take its time, and is waited for. */
export const start = (options: Start): Effect.Effect<Postmaster, EmbeddedPostgresError> => {
  const once = Effect.gen(function* () {
    yield* refuseForeign(options)
    yield* disarm(options.data, options.socketDirectory, options.port)
    const from = existsSync(options.log) ? statSync(options.log).size : 0
    const child = yield* launch(options)
    const look = Effect.sync(() => (child.ended() ? "ended" : running(options.data)))
    const found = yield* Effect.repeat(look, { until: (seen) => seen === "ended" || seen?.status === "ready", schedule: poll }).pipe(
      Effect.onInterrupt(() =>
        Effect.andThen(Effect.sync(child.interrupt), Effect.repeat(look, { until: (seen) => seen === "ended", schedule: poll })),
      ),
    )
    if (found === "ended") return yield* refused(options, child.failure()?.message ?? tail(options.log, from))
    return found!
  })
  const patience = Effect.logInfo(`PostgreSQL is still starting; after a crash it first repairs ${options.data}`).pipe(
    Effect.delay("5 seconds"),
  )
  // Back ends of a postmaster that was killed end a moment after it and hold its shared memory until then.
  return Effect.retry(once, {
    while: ({ message }) => /pre-existing shared memory block/.test(message),
    schedule: Schedule.spaced("200 millis"),
    times: 100,
  }).pipe(Effect.raceFirst(Effect.andThen(patience, Effect.never)))
}

/** Waits until a server that somebody else is starting answers, or until one that is stopping has gone. */
export const settled = (data: string): Effect.Effect<Postmaster | undefined> =>
  Effect.repeat(
    Effect.sync(() => running(data)),
    { until: (seen) => seen === undefined || seen.status === "ready" || seen.status === "standby", schedule: poll },
  )

/** Fast shutdown; after 30 seconds an immediate one, from which the next start recovers without loss. */
export const stop = (data: string, { pid }: Postmaster): Effect.Effect<void> => {
  const signal = (name: NodeJS.Signals) =>
    Effect.sync(() => {
      if (isPostmaster(pid, data)) process.kill(pid, name)
    })
  const gone = Effect.repeat(
    Effect.sync(() => running(data)?.pid),
    { until: (seen) => seen !== pid, schedule: poll },
  )
  return signal("SIGINT").pipe(
    Effect.andThen(gone),
    Effect.timeoutOrElse({ duration: "30 seconds", orElse: () => Effect.andThen(signal("SIGQUIT"), gone) }),
    Effect.asVoid,
  )
}
