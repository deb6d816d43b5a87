import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { run } from "./Command.ts"
import { EmbeddedPostgresError } from "./EmbeddedPostgresError.ts"

/** The operating-system user that the server runs as when this program is root, which PostgreSQL refuses to be. */
export interface ServerUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

export const isRoot = process.getuid?.() === 0

const named = (wanted: (user: ServerUser) => boolean): ServerUser | undefined => {
  for (const line of readFileSync("/etc/passwd", "utf8").split("\n")) {
    const [name, , uid, gid] = line.split(":")
    const user = { name: name!, uid: Number(uid), gid: Number(gid) }
    if (uid !== undefined && user.uid !== 0 && wanted(user)) return user
  }
  return undefined
}

export const byId = (uid: number): ServerUser | undefined => named((user) => user.uid === uid)

/** `postgres` if the machine has it, else that user is made, else `nobody`; none at all for an ordinary user, whose own server it is. */
export const find: Effect.Effect<ServerUser | undefined, EmbeddedPostgresError> = Effect.gen(function* () {
  if (!isRoot) return undefined
  const existing = named(({ name }) => name === "postgres" || name === "_postgres")
  if (existing !== undefined) return existing
  yield* run(
    "useradd",
    ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", "postgres"],
    undefined,
  )
  if (named(({ name }) => name === "postgres") === undefined) {
    yield* run("adduser", ["-S", "-H", "-D", "-h", "/nonexistent", "-s", "/sbin/nologin", "postgres"], undefined)
  }
  const user = named(({ name }) => name === "postgres") ?? named(({ name }) => name === "nobody")
  if (user !== undefined) return user
  return yield* new EmbeddedPostgresError({
    message:
      'PostgreSQL does not run as root, and this machine has neither a user "postgres" nor a way to make one: run as an ordinary user, or set DATABASE_URL',
  })
})
