import { copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { newestPostgres } from "./postgresPlace.ts"

const PROGRAMS = ["postgres", "initdb", "psql", "pg_isready", "pg_basebackup"]

/**
 * An installation of PostgreSQL under `directory` that has one more extension: copies of its programs, which find their other files
 * from where they lie, and links to those. Returns what `startPostgres` takes as `installation`.
 */
export const installationWith = (directory: string, name: string, files: Readonly<Record<string, string>>): string => {
  const original = newestPostgres()!
  const version = basename(original)
  const installation = join(directory, "lib/postgresql", version)
  const share = join(directory, "share/postgresql", version)
  const extensions = join(share, "extension")
  for (const made of [join(installation, "bin"), extensions]) mkdirSync(made, { recursive: true, mode: 0o755 })
  for (const program of PROGRAMS) copyFileSync(join(original, "bin", program), join(installation, "bin", program))
  symlinkSync(join(original, "lib"), join(installation, "lib"))
  const originalShare = `/usr/share/postgresql/${version}`
  for (const entry of readdirSync(originalShare)) if (entry !== "extension") symlinkSync(join(originalShare, entry), join(share, entry))
  for (const entry of readdirSync(join(originalShare, "extension"))) {
    symlinkSync(join(originalShare, "extension", entry), join(extensions, entry))
  }
  writeFileSync(join(extensions, `${name}.control`), `default_version = '1.0'\nrelocatable = false\ntrusted = true\nschema = public\n`)
  for (const [file, text] of Object.entries(files)) writeFileSync(join(extensions, file), text)
  return installation
}
