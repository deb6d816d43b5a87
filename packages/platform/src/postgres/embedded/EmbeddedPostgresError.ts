import { Effect, Schema } from "effect"

/** What went wrong with the embedded server, to what, and what to do about it. */
export class EmbeddedPostgresError extends Schema.TaggedError<EmbeddedPostgresError>()("EmbeddedPostgresError", {
  message: Schema.String,
  cause: Schema.optional(Schema.Defect()),
}) {}

/** SQLite's word for what the operating system said to it. */
const SQLITE: Readonly<Record<number, string>> = { 8: "EROFS", 13: "ENOSPC", 14: "EACCES", 23: "EACCES" }

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full: free some space and start again",
  EDQUOT: "the disk quota is used up: free some space and start again",
  EROFS: "the file system is read-only: set DATA_DIR to a writable directory, or DATABASE_URL to a PostgreSQL of your own",
  EACCES:
    "this user may not: run as the user that owns the directory, correct its owner and mode, or set DATA_DIR to a directory of this user",
  EPERM:
    "this user may not: run as the user that owns the directory, correct its owner and mode, or set DATA_DIR to a directory of this user",
  EEXIST: "something that is not a directory has that name: remove it, or set DATA_DIR to a directory",
  ENOTDIR: "a part of the path is not a directory: set DATA_DIR to a directory",
  ENOENT: "a part of the path does not exist, or a symbolic link in it leads nowhere: make it, or set DATA_DIR to another directory",
  ELOOP: "its symbolic links lead in a circle: correct them, or set DATA_DIR to another directory",
  ENAMETOOLONG: "the path is too long: set DATA_DIR to a shorter one",
  EMFILE: "too many files are open: raise the limit (ulimit -n) and start again",
  ENFILE: "too many files are open on this machine: end a program and start again",
}

/** What to do about a failure of the file system; undefined: not known. */
export const adviceOn = (cause: unknown): string | undefined => {
  if (typeof cause !== "object" || cause === null) return undefined
  const { code, errcode } = cause as { readonly code?: unknown; readonly errcode?: unknown }
  return ADVICE[typeof errcode === "number" ? (SQLITE[errcode & 0xff] ?? "") : String(code)]
}

export const explain = (what: string, cause: unknown): EmbeddedPostgresError => {
  const error = cause instanceof Error ? cause : new Error(String(cause))
  const advice = adviceOn(cause)
  return new EmbeddedPostgresError({ message: `${what}: ${error.message}${advice === undefined ? "" : ` (${advice})`}`, cause })
}

/** Runs a piece of node:fs code; `what` begins the message if it fails, e.g. `Cannot write /x`. */
export const attempt = <A>(what: string, run: () => A): Effect.Effect<A, EmbeddedPostgresError> =>
  Effect.try({ try: run, catch: (cause) => explain(what, cause) })
