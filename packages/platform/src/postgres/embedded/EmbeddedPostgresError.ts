import { Effect, Schema } from "effect"

/** What went wrong with the embedded server, to what, and what to do about it. */
export class EmbeddedPostgresError extends Schema.TaggedError<EmbeddedPostgresError>()("EmbeddedPostgresError", {
  message: Schema.String,
  cause: Schema.optional(Schema.Defect()),
}) {}

const SQLITE_FULL = 13

const advice = (error: Error): string => {
  const { code, errcode } = error as Error & { readonly code?: unknown; readonly errcode?: unknown }
  switch (errcode === SQLITE_FULL ? "ENOSPC" : code) {
    case "ENOSPC":
      return "the disk is full: free some space and start again"
    case "EDQUOT":
      return "the disk quota is used up: free some space and start again"
    case "EROFS":
      return "the file system is read-only: set DATA_DIR to a writable directory, or DATABASE_URL to a PostgreSQL of your own"
    case "EACCES":
    case "EPERM":
      return "this user may not: run as the user that owns the directory, or correct its owner and mode"
    default:
      return "see the cause below"
  }
}

export const explain = (what: string, cause: unknown): EmbeddedPostgresError => {
  const error = cause instanceof Error ? cause : new Error(String(cause))
  return new EmbeddedPostgresError({ message: `${what}: ${error.message} (${advice(error)})`, cause })
}

/** Runs a piece of node:fs code; `what` begins the message if it fails, e.g. `Cannot write /x`. */
export const attempt = <A>(what: string, run: () => A): Effect.Effect<A, EmbeddedPostgresError> =>
  Effect.try({ try: run, catch: (cause) => explain(what, cause) })
