import { Effect, Redacted } from "effect"
import { randomBytes } from "node:crypto"
import { chmodSync, chownSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Binaries } from "./Binaries.ts"
import { run } from "./Command.ts"
import { attempt, EmbeddedPostgresError } from "./EmbeddedPostgresError.ts"
import { firstCause } from "./FirstCause.ts"
import { dataOf, type Place } from "./DataDirectory.ts"
import { ADMIN, type Passwords } from "./Roles.ts"

const passwordFile = (place: Place) => join(place.directory, "postgres.password")
const adminFile = (place: Place) => join(place.directory, "postgres.admin.password")

const readPassword = (place: Place) =>
  attempt(
    `Cannot read the database's password, ${passwordFile(place)} (without it ${dataOf(place.base)} is of no use: restore it, or delete both to start empty)`,
    () => Redacted.make(readFileSync(passwordFile(place), "utf8").trim()),
  )

const makePassword = (file: string) =>
  attempt(`Cannot write ${file}`, () => {
    const password = randomBytes(24).toString("base64url")
    writeFileSync(file, `${password}\n`, { mode: 0o600 })
    chmodSync(file, 0o600)
    return Redacted.make(password)
  })

/** Of a cluster that an earlier version made there is none yet. */
const adminPassword = (place: Place) =>
  Effect.suspend(() =>
    existsSync(adminFile(place))
      ? attempt(`Cannot read ${adminFile(place)}`, () => Redacted.make(readFileSync(adminFile(place), "utf8").trim()))
      : makePassword(adminFile(place)),
  )

/** Made beside its final name and renamed, so that a half-made cluster is never taken for a whole one. */
const create = (place: Place, binaries: Binaries) =>
  Effect.gen(function* () {
    const data = dataOf(place.base)
    const half = `${data}.new`
    const secret = join(place.base, "initdb.password")
    const clear = Effect.ignore(
      attempt("Cannot clear", () => [half, secret].forEach((path) => rmSync(path, { recursive: true, force: true }))),
    )
    yield* clear
    const passwords: Passwords = { app: yield* makePassword(passwordFile(place)), admin: yield* makePassword(adminFile(place)) }
    yield* attempt(`Cannot write ${secret}`, () => {
      writeFileSync(secret, Redacted.value(passwords.admin), { mode: 0o600 })
      if (place.user !== undefined) chownSync(secret, place.user.uid, place.user.gid)
    })
    const flags = [
      `--pgdata=${half}`,
      `--username=${ADMIN}`,
      `--pwfile=${secret}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--data-checksums",
    ]
    const made = yield* Effect.ensuring(
      run(binaries.initdb, flags, place.user),
      Effect.sync(() => rmSync(secret, { force: true })),
    )
    if (made.code !== 0) {
      yield* clear
      return yield* new EmbeddedPostgresError({
        message: /No space left on device/.test(made.output)
          ? `The database could not be made: the disk that holds ${place.base} is full. Free some space (about 200 MB) and start again`
          : `The database could not be made in ${place.base}: ${firstCause(made.output)}`,
      })
    }
    yield* attempt(`Cannot rename ${half}`, () => renameSync(half, data))
    return passwords
  })

const checkVersion = (place: Place, binaries: Binaries) =>
  Effect.gen(function* () {
    const file = join(dataOf(place.base), "PG_VERSION")
    const version = yield* attempt(`${dataOf(place.base)} is not a PostgreSQL data directory`, () => Number(readFileSync(file, "utf8")))
    if (version === binaries.major) return
    return yield* new EmbeddedPostgresError({
      message: `The database ${dataOf(place.base)} was made by PostgreSQL ${version} and the installed one is ${binaries.major}: install the SignalFlow version that made it, "signalflow backup", then restore with this one`,
    })
  })

/** The passwords of the cluster in `place`, which is made if there is none. */
export const ensure = (place: Place, binaries: Binaries): Effect.Effect<Passwords, EmbeddedPostgresError> =>
  Effect.gen(function* () {
    const data = dataOf(place.base)
    const empty = yield* attempt(`Cannot look into ${data}`, () => !existsSync(data) || readdirSync(data).length === 0)
    if (empty) return yield* create(place, binaries)
    yield* checkVersion(place, binaries)
    yield* attempt(`Cannot set the mode of ${data}`, () => chmodSync(data, 0o700))
    return { app: yield* readPassword(place), admin: yield* adminPassword(place) }
  })
