import { Context, Effect, Redacted, Schema } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { createHash } from "node:crypto"
import { chmodSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** A key that cannot be read, or is not the one that this installation began with. */
export class InstanceKeyError extends Schema.TaggedError<InstanceKeyError>()("InstanceKeyError", { message: Schema.String }) {}

interface KeyPlaceShape {
  /** `DATA_DIR/keys`, for programs that share an embedded database. Null: other machines use the database too, and what no setting gives is kept in it. */
  readonly folder: string | null
  /** Keys that the settings give, by name; empty = not given. */
  readonly given: Readonly<Record<string, Redacted.Redacted>>
}

/** Where the keys of this installation come from. */
export const KeyPlace: Context.Reference<KeyPlaceShape> = Context.Reference<KeyPlaceShape>("@signalflow/platform/secrets/KeyPlace", {
  defaultValue: () => ({ folder: null, given: {} }),
})

const attempt = <A>(what: string, run: () => A) =>
  Effect.try({
    try: run,
    catch: (cause) => new InstanceKeyError({ message: `${what}: ${cause instanceof Error ? cause.message : String(cause)}` }),
  })

/** Names hold nothing that means something in a path. */
const fileOf = (folder: string, name: string) => join(folder, name.replaceAll(":", "."))

const read = (folder: string, name: string) =>
  attempt(`The key ${fileOf(folder, name)} cannot be read`, () =>
    existsSync(fileOf(folder, name)) ? readFileSync(fileOf(folder, name), "utf8").trim() : null,
  )

/** Whole or not at all, and the first of two that write it at once. Returns what is kept. */
const keep = (folder: string, name: string, value: string) =>
  attempt(`The key ${fileOf(folder, name)} cannot be written`, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    chmodSync(folder, 0o700)
    const half = `${fileOf(folder, name)}.${process.pid}.new`
    writeFileSync(half, `${value}\n`, { mode: 0o600 })
    chmodSync(half, 0o600)
    try {
      linkSync(half, fileOf(folder, name))
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause
    } finally {
      rmSync(half, { force: true })
    }
    return readFileSync(fileOf(folder, name), "utf8").trim()
  })

const stored = (sql: SqlClient, name: string) =>
  Effect.map(sql<{ value: string }>`select value from instance_secrets where name = ${name}`, (rows) => rows[0]?.value ?? null)

const store = (sql: SqlClient, name: string, value: string) =>
  sql`insert into instance_secrets (name, value) values (${name}, ${value}) on conflict (name) do nothing`.pipe(
    Effect.andThen(stored(sql, name)),
    Effect.map((kept) => kept!),
  )

const forget = (sql: SqlClient, name: string) => sql`delete from instance_secrets where name = ${name}`

/** A key that earlier versions kept in the database, moved into the folder. */
const moved = (sql: SqlClient, folder: string, name: string) =>
  Effect.gen(function* () {
    const old = yield* stored(sql, name)
    if (old === null) return null
    const kept = yield* keep(folder, name, old)
    yield* forget(sql, name)
    return kept
  })

/** The key of this name, made at its first use, the same for every program of this installation. */
export const instanceKey = (sql: SqlClient, name: string, make: () => string): Effect.Effect<string, SqlError | InstanceKeyError> =>
  Effect.gen(function* () {
    const { folder } = yield* KeyPlace
    if (folder === null) return yield* store(sql, name, make())
    const known = (yield* read(folder, name)) ?? (yield* moved(sql, folder, name)) ?? (yield* keep(folder, name, make()))
    yield* forget(sql, name)
    return known
  })

const printOf = (value: string) => createHash("sha256").update(`signalflow key ${value}`).digest("hex").slice(0, 32)

/**
 * The same for a key that must never be another: the settings may give it, and a print of it in the database tells whether it is the one that
 * this installation began with. `otherwise` says what to do where it is not.
 */
export const lastingKey = (sql: SqlClient, name: string, make: () => string, otherwise: string) =>
  Effect.gen(function* () {
    const { given } = yield* KeyPlace
    const set = given[name] === undefined ? "" : Redacted.value(given[name])
    const old = set === "" ? null : yield* stored(sql, name)
    const key = set === "" ? yield* instanceKey(sql, name, make) : set
    const isOther = old !== null && old !== key
    if (isOther || (yield* store(sql, `${name}.print`, printOf(key))) !== printOf(key))
      return yield* new InstanceKeyError({ message: otherwise })
    if (set !== "") yield* forget(sql, name)
    return key
  })

/** Adds a key beside the others whose names begin with `prefix`. */
export const addKey = (sql: SqlClient, name: string, value: string): Effect.Effect<void, SqlError | InstanceKeyError> =>
  Effect.gen(function* () {
    const { folder } = yield* KeyPlace
    if (folder === null) yield* store(sql, name, value)
    else yield* keep(folder, name, value)
  })

/** All keys whose names begin with `prefix`, the last in order first, at most `most`. */
export const keysOf = (sql: SqlClient, prefix: string, most: number) =>
  Effect.gen(function* () {
    const { folder } = yield* KeyPlace
    const rows = yield* sql<{ name: string; value: string }>`
      select name, value from instance_secrets where starts_with(name, ${prefix}) order by name collate "C" desc limit ${most}`
    if (folder === null) return rows
    for (const { name } of rows) yield* moved(sql, folder, name)
    const names = yield* attempt(`The keys in ${folder} cannot be read`, () =>
      existsSync(folder)
        ? readdirSync(folder).filter((name) => name.startsWith(prefix.replaceAll(":", ".")) && !name.endsWith(".new"))
        : [],
    )
    const newest = names.sort().reverse().slice(0, most)
    return yield* Effect.forEach(newest, (file) =>
      Effect.map(read(folder, file), (value) => ({ name: prefix + file.slice(prefix.length), value: value! })),
    )
  })
