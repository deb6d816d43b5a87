import { Effect } from "effect"
import { createHash } from "node:crypto"
import { chmodSync, chownSync, lstatSync, mkdirSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { explain, EmbeddedPostgresError } from "./EmbeddedPostgresError.ts"
import { type Place, reachable } from "./DataDirectory.ts"

/** A socket's path holds 107 bytes at most on Linux, 103 on macOS; `/.s.PGSQL.65535` takes 15 of them. */
const SOCKET_DIRECTORY_LIMIT = 88

const isDirectory = (path: string): boolean => {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** Where the socket may be, best first: beside the data, then below the directories that a machine has for such things. */
const candidates = ({ base }: Place, uid: number): ReadonlyArray<string> => {
  const name = `signalflow-${uid}-${createHash("sha256").update(base).digest("hex").slice(0, 16)}`
  const elsewhere = [tmpdir(), "/tmp", `/run/user/${uid}`, "/var/tmp", "/dev/shm"].filter(isDirectory).map((parent) => join(parent, name))
  return [...new Set([join(base, "run"), ...elsewhere])].filter((path) => Buffer.byteLength(path) <= SOCKET_DIRECTORY_LIMIT)
}

const claim = (path: string, user: Place["user"], uid: number) => {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  if (lstatSync(path).uid === process.getuid!()) chmodSync(path, 0o700)
  if (user !== undefined && lstatSync(path).uid === 0) chownSync(path, user.uid, user.gid)
  const { uid: owner, mode } = lstatSync(path)
  if (owner !== uid || (mode & 0o170077) !== 0o040000) throw new Error(`${path} belongs to somebody else or is open to others: remove it`)
  return path
}

/** A directory of mode 700 for the socket, with a path that is short enough and that the server's user can enter. */
export const socketDirectory = (place: Place): Effect.Effect<string, EmbeddedPostgresError> =>
  Effect.gen(function* () {
    const uid = place.user?.uid ?? process.getuid!()
    let first: EmbeddedPostgresError | undefined
    for (const path of candidates(place, uid)) {
      const failure = yield* Effect.try({
        try: () => void claim(path, place.user, uid),
        catch: (cause) => explain("Cannot make a private directory for PostgreSQL's socket", cause),
      }).pipe(Effect.flip, Effect.option)
      if (failure._tag === "None" && (yield* reachable(path, place.user))) return path
      first ??= failure._tag === "Some" ? failure.value : undefined
    }
    return yield* (
      first ??
        new EmbeddedPostgresError({
          message: `No directory for PostgreSQL's socket: ${place.base} is longer than ${SOCKET_DIRECTORY_LIMIT} bytes, and no temporary directory is short enough and open to its user. Set DATA_DIR or TMPDIR to a short path`,
        })
    )
  })
