import { Effect, Schema } from "effect"
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { split, type Statement } from "../Statements.ts"

/** What is wrong with a migration or with the database's version, and what to do. */
export class MigrationError extends Schema.TaggedError<MigrationError>()("MigrationError", {
  message: Schema.String,
  cause: Schema.optional(Schema.Defect()),
}) {}

/** One `V<n>__<what>.sql`. */
export interface Migration {
  readonly version: number
  readonly name: string
  readonly file: string
  /** sha256 of the text with `\n` line ends. */
  readonly checksum: string
  readonly transaction: boolean
  readonly statements: ReadonlyArray<Statement>
}

const NAME = /^V([1-9]\d{0,5})__([A-Za-z0-9][A-Za-z0-9_-]*)\.sql$/
const NO_TRANSACTION = /^--\s*no-transaction\s*$/
const CONTROL = /^(?:BEGIN|START\s+TRANSACTION|COMMIT|END|ROLLBACK|ABORT|PREPARE\s+TRANSACTION)\b/i

const parse = (file: string, raw: string): Migration => {
  const [, version, name] = NAME.exec(file) ?? []
  if (version === undefined || name === undefined) {
    throw new MigrationError({ message: `${file} is not named like a migration: V<number>__<what>.sql, such as V2__add_stories.sql` })
  }
  const text = raw.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n")
  const statements = split(text)
  const control = statements.find((statement) => CONTROL.test(statement.text))
  if (control !== undefined) {
    throw new MigrationError({
      message: `${file}, line ${control.line}: "${control.text.slice(0, 40)}" is not for a migration to say: each file is one transaction, or none if its first line is "-- no-transaction"`,
    })
  }
  return {
    version: Number(version),
    name,
    file,
    checksum: createHash("sha256").update(text).digest("hex"),
    transaction: !NO_TRANSACTION.test(text.slice(0, text.indexOf("\n") >>> 0).trim()),
    statements,
  }
}

const ordered = (migrations: ReadonlyArray<Migration>): ReadonlyArray<Migration> => {
  const sorted = migrations.toSorted((a, b) => a.version - b.version || a.file.localeCompare(b.file))
  for (const [index, { version, file }] of sorted.entries()) {
    const expected = index + 1
    if (version === expected) continue
    const before = sorted[index - 1]
    throw new MigrationError({
      message:
        before?.version === version
          ? `${before.file} and ${file} have the same number: give the later one the next free number`
          : `V${expected} is missing before ${file}: migrations are numbered 1, 2, 3 … without gaps`,
    })
  }
  return sorted
}

/** The migrations of a directory in their order. */
export const load = (directory: string): Effect.Effect<ReadonlyArray<Migration>, MigrationError> =>
  Effect.try({
    try: () => {
      const files = readdirSync(directory).filter((file) => file.endsWith(".sql"))
      return ordered(files.map((file) => parse(file, readFileSync(join(directory, file), "utf8"))))
    },
    catch: (cause) =>
      cause instanceof MigrationError
        ? cause
        : new MigrationError({ message: `Cannot read the migrations in ${directory}: ${String(cause)}`, cause }),
  })
