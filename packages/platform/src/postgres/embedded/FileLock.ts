import { Effect } from "effect"
import { DatabaseSync } from "node:sqlite"
import { type EmbeddedPostgresError, explain } from "./EmbeddedPostgresError.ts"

/** A lock on a file that the kernel releases when its program ends, however it ends. */
export type FileLock = DatabaseSync

const SQLITE_BUSY = 5

/** Takes the lock, or yields undefined if another program holds it. The file is made if there is none. */
export const tryLock = (path: string, mode: "shared" | "exclusive"): Effect.Effect<FileLock | undefined, EmbeddedPostgresError> =>
  Effect.suspend(() => {
    let database: DatabaseSync | undefined
    try {
      database = new DatabaseSync(path, { timeout: 0 })
      database.exec("PRAGMA journal_mode = MEMORY")
      database.exec(mode === "shared" ? "BEGIN; SELECT 1 FROM sqlite_schema" : "BEGIN EXCLUSIVE")
      return Effect.succeed(database)
    } catch (cause) {
      database?.close()
      return (cause as { errcode?: number }).errcode === SQLITE_BUSY
        ? Effect.succeed(undefined)
        : Effect.fail(explain(`Cannot lock ${path}`, cause))
    }
  })

export const unlock = (lock: FileLock): Effect.Effect<void> => Effect.sync(() => lock.close())

/** Whether another program holds the exclusive lock now. Makes no file. */
export const isHeld = (path: string): boolean => {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 0, readOnly: true })
    database.exec("BEGIN; SELECT 1 FROM sqlite_schema")
    return false
  } catch (cause) {
    return (cause as { errcode?: number }).errcode === SQLITE_BUSY
  } finally {
    database?.close()
  }
}
