import type { Effect } from "effect"
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import { attempt, type EmbeddedPostgresError } from "./EmbeddedPostgresError.ts"

interface Entry {
  readonly path: string
  readonly kind: "directory" | "file" | "link"
  readonly size: number
  readonly mode: number
}

const entries = (root: string): ReadonlyArray<Entry> =>
  ["", ...(readdirSync(root, { recursive: true }) as Array<string>)].map((path) => {
    const stat = lstatSync(join(root, path))
    const kind = stat.isDirectory() ? "directory" : stat.isSymbolicLink() ? "link" : "file"
    return { path, kind, size: kind === "file" ? stat.size : 0, mode: stat.mode & 0o777 }
  })

/** What everybody must be allowed: to enter a directory, to read a file, to run a program. */
const wanted = ({ kind, mode }: Entry): number => (kind === "directory" || (mode & 0o100) !== 0 ? 0o755 : 0o644)

/** Whether `copy` has everything that `original` has, readable for everybody: a leftover of an interrupted copy has not. */
export const isIntact = (original: string, copy: string): boolean => {
  try {
    const there = new Map(entries(copy).map((entry) => [entry.path, entry]))
    return entries(original).every((entry) => {
      const found = there.get(entry.path)
      if (found === undefined || found.kind !== entry.kind || found.size !== entry.size) return false
      return entry.kind === "link" || (found.mode & 0o555) === (wanted(entry) & 0o555)
    })
  } catch {
    return false
  }
}

/** A directory that everybody may enter, whatever the umask says. One that somebody else owns keeps its mode. */
const openDirectory = (path: string) => {
  mkdirSync(path, { recursive: true })
  const { mode, uid } = lstatSync(path)
  if (uid === process.getuid?.() && (mode & 0o555) !== 0o555) chmodSync(path, 0o755)
}

/** Copies the binaries in `native` to `target` below `parent`, with modes of its own; replaces what is broken there. */
export const copyBinaries = (native: string, parent: string, target: string): Effect.Effect<void, EmbeddedPostgresError> =>
  attempt(`Cannot copy PostgreSQL to ${target}`, () => {
    openDirectory(parent)
    if (existsSync(target) && isIntact(native, target)) return
    const [half, broken] = [`${target}.${process.pid}`, `${target}.${process.pid}.broken`]
    try {
      rmSync(half, { recursive: true, force: true })
      cpSync(native, half, { recursive: true, verbatimSymlinks: true, mode: 0 })
      for (const entry of entries(half)) if (entry.kind !== "link") chmodSync(join(half, entry.path), wanted(entry))
      if (existsSync(target)) renameSync(target, broken)
      renameSync(half, target)
    } finally {
      for (const left of [half, broken]) rmSync(left, { recursive: true, force: true })
    }
  })
