import { isHeld } from "@signalflow/platform/postgres/embedded/FileLock"
import { Option, Schema } from "effect"
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

export const Kind = Schema.Literals(["demo", "up"])
export type Kind = typeof Kind.Type

/** What a program that runs says of itself to the commands beside it. It holds no secret. */
export const Marker = Schema.Struct({
  kind: Kind,
  pid: Schema.Int,
  /** The address of the page; null: not known yet. */
  address: Schema.NullOr(Schema.String),
  /** Whether it answers at `address`. */
  listening: Schema.Boolean,
  directory: Schema.String,
  startedAt: Schema.String,
  /** `embedded`, or host, port and name of another server. */
  database: Schema.String,
  /** Its settings where commands need them: where it listens, and what its sources read. */
  settings: Schema.Record(Schema.String, Schema.String),
})
export type Marker = typeof Marker.Type

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Marker))

/** Held by the program that runs on a data directory. */
export const lockOf = (directory: string) => join(directory, "program.lock")
const markerOf = (directory: string) => join(directory, "program.json")

/** Written beside its name and renamed: a reader never sees half of it. */
export const write = (marker: Marker): void => {
  const path = markerOf(marker.directory)
  const half = `${path}.${process.pid}`
  writeFileSync(half, `${JSON.stringify(marker, null, 2)}\n`, { mode: 0o600 })
  chmodSync(half, 0o600)
  renameSync(half, path)
}

const stored = (directory: string): Marker | undefined => {
  try {
    return Option.getOrUndefined(decode(readFileSync(markerOf(directory), "utf8")))
  } catch {
    return undefined
  }
}

/**
 * The program that runs on `directory` now. A marker counts while the lock beside it is held: the kernel releases that with its program,
 * so a marker left behind counts for nothing, whatever has its process id today.
 */
export const running = (directory: string): Marker | undefined => {
  if (!isHeld(lockOf(directory))) return undefined
  const marker = stored(directory)
  return marker === undefined ? undefined : { ...marker, directory }
}

export const remove = (directory: string): void => rmSync(markerOf(directory), { force: true })
