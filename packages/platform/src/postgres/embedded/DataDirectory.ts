import { Effect } from "effect"
import { createHash } from "node:crypto"
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { homedir } from "node:os"
import { dirname, join, resolve as absolute } from "node:path"
import { run } from "./Command.ts"
import { attempt, EmbeddedPostgresError } from "./EmbeddedPostgresError.ts"
import * as ServerUser from "./ServerUser.ts"

/** Where one project's server keeps its things. */
export interface Place {
  readonly directory: string
  /** Owned by the server's user, mode 700: holds the data and usually the socket. */
  readonly base: string
  readonly user: ServerUser.ServerUser | undefined
  readonly relocated: boolean
}

const record = (directory: string) => join(directory, "postgres.json")

const recorded = (directory: string): { readonly directory: string; readonly base: string } | undefined => {
  try {
    return JSON.parse(readFileSync(record(directory), "utf8"))
  } catch {
    return undefined
  }
}

export const dataOf = (base: string) => join(base, "data")

const claim = (base: string, user: ServerUser.ServerUser | undefined, directory: string) =>
  attempt(`Cannot use ${base} for the database`, () => {
    const parent = dirname(base)
    if (!existsSync(parent)) mkdirSync(parent, { recursive: true, mode: 0o755 })
    // Root's umask may keep the server's user out; a directory that somebody else owns keeps its mode.
    if (user !== undefined && parent !== directory && statSync(parent).uid === 0) chmodSync(parent, 0o755)
    mkdirSync(base, { recursive: true, mode: 0o700 })
    chmodSync(base, 0o700)
    if (user !== undefined) chownSync(base, user.uid, user.gid)
    if ((statSync(base).mode & 0o077) !== 0) throw new Error("this file system keeps no file modes, and PostgreSQL asks for mode 700")
  })

export const reachable = (base: string, user: ServerUser.ServerUser | undefined) =>
  Effect.map(run("/bin/sh", ["-c", 'cd "$1" && test -w .', "sh", base], user), ({ code }) => code === 0)

/** A project that was deleted and made again does not find the data of the old one, whose password is gone. */
const unused = (path: string): string => {
  for (let n = 1; ; n++) {
    const free = n === 1 ? path : `${path}-${n}`
    if (!existsSync(dataOf(free))) return free
  }
}

/** What an ordinary user keeps outside a project; null: the machine knows no home of this user. */
export const ownShared = (): string | null => {
  try {
    return join(homedir(), ".local", "share", "signalflow")
  } catch {
    return null
  }
}

const fresh = (directory: string, shared: string, user: ServerUser.ServerUser | undefined) =>
  Effect.gen(function* () {
    const name = createHash("sha256").update(directory).digest("hex").slice(0, 16)
    const near = join(directory, "postgres")
    const claimed = yield* Effect.result(claim(near, user, directory))
    if (claimed._tag === "Success" && (yield* reachable(near, user))) return { directory, base: near, user, relocated: false }
    const elsewhere = user === undefined ? ownShared() : shared
    const far = elsewhere === null ? near : unused(join(elsewhere, name))
    // The first failure is the one to tell: the second is about a place that nobody named.
    const second = yield* Effect.result(claim(far, user, directory))
    if (second._tag === "Failure") return yield* claimed._tag === "Failure" ? claimed.failure : second.failure
    if (yield* reachable(far, user)) return { directory, base: far, user, relocated: true }
    return yield* new EmbeddedPostgresError({
      message: `The user ${user?.name ?? "of this program"} can reach neither ${near} nor ${far}: make one of them reachable (chmod o+x on the directories above), or set DATABASE_URL`,
    })
  })

/** A copied project would share the original's database, and two programs would write to one. */
const refuseCopy = (directory: string, known: { readonly directory: string; readonly base: string }) =>
  known.directory !== directory && recorded(known.directory)?.base === known.base
    ? Effect.fail(
        new EmbeddedPostgresError({
          message: `${record(directory)} is a copy of ${record(known.directory)} and names the same database, ${known.base}: delete the copy to start with an empty one`,
        }),
      )
    : Effect.void

/** The project's directory, made if there is none, under its real name. `DATA_DIR` is what a user knows it by. */
export const makeDirectory = (directory: string): Effect.Effect<string, EmbeddedPostgresError> =>
  Effect.gen(function* () {
    yield* attempt(`Cannot make ${directory} (DATA_DIR)`, () => {
      if (existsSync(directory) && statSync(directory).isDirectory()) return
      const made = makeAll(directory)
      // The server's user has to pass through what root makes, whatever the umask says.
      if (made !== undefined && ServerUser.isRoot) openDown(made, absolute(directory))
    })
    return yield* attempt(`Cannot use ${directory} (DATA_DIR)`, () => {
      accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK)
      return realpathSync(directory)
    })
  })

/**
 * Makes a directory and those above it, one by one; returns the first that was made. Node's own `recursive` never returns where the file
 * system refuses with ENOENT, as `/proc` does, and says ENOENT where a directory above may not be written.
 */
const makeAll = (directory: string): string | undefined => {
  const missing: Array<string> = []
  let above = absolute(directory)
  for (; !existsSync(above) && above !== dirname(above); above = dirname(above)) missing.unshift(above)
  // A file in the place of a directory is refused below, and says so.
  if (statSync(above).isDirectory()) accessSync(above, constants.W_OK | constants.X_OK)
  for (const path of missing.length === 0 ? [directory] : missing) {
    try {
      mkdirSync(path, { mode: 0o700 })
    } catch (cause) {
      // Made by another program just now, or a symbolic link that leads nowhere, which `stat` says.
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST" || !statSync(path).isDirectory()) throw cause
    }
  }
  return missing[0]
}

const openDown = (top: string, directory: string) => {
  for (let path = directory; ; path = dirname(path)) {
    chmodSync(path, 0o755)
    if (path === absolute(top) || path === dirname(path)) return
  }
}

/**
 * The place used before, else `<directory>/postgres`, else one below `shared` that the server's user can reach.
 * One program at a time may ask.
 */
export const resolve = (directory: string, shared: string): Effect.Effect<Place, EmbeddedPostgresError> =>
  Effect.gen(function* () {
    const inside = join(directory, "postgres")
    const known = recorded(directory)
    const base = existsSync(dataOf(inside)) ? inside : known?.base
    if (base === undefined || !existsSync(dataOf(base))) return yield* fresh(directory, shared, yield* ServerUser.find)
    if (known !== undefined && base !== inside) yield* refuseCopy(directory, known)
    const owner = yield* attempt(`Cannot look at ${dataOf(base)}`, () => statSync(dataOf(base)).uid)
    const user = ServerUser.isRoot ? ServerUser.byId(owner) : undefined
    if (user === undefined && owner !== process.getuid?.()) {
      return yield* new EmbeddedPostgresError({
        message: `The database ${dataOf(base)} belongs to another user (uid ${owner}): run as that user, or as root if root made it`,
      })
    }
    if (!(yield* reachable(base, user))) {
      return yield* new EmbeddedPostgresError({
        message: `The database ${dataOf(base)} can no longer be reached by the user ${user?.name ?? "of this program"}: restore the modes of the directories above it (chmod o+x)`,
      })
    }
    return { directory, base, user, relocated: base !== inside }
  })

export const remember = (place: Place, details: Record<string, unknown>): Effect.Effect<void, EmbeddedPostgresError> =>
  attempt(`Cannot write ${record(place.directory)}`, () =>
    writeFileSync(record(place.directory), `${JSON.stringify({ directory: place.directory, base: place.base, ...details }, null, 2)}\n`),
  )
