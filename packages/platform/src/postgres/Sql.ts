import * as PgTypes from "@effect/sql-pg/PgTypes"
import { Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"

/**
 * Typed array parameters, one per column, for `unnest`: the fastest way to write many rows. A scalar array is inferred
 * from its values otherwise, and `[1, 2.5]` or `[null]` fails.
 *
 * Of rows, a column that is null throughout is an empty array: `unnest` fills the shorter of several arrays with nulls, so that it costs
 * nothing. One of the columns must have no nulls.
 */
interface Column<A> {
  (values: ReadonlyArray<A | null | undefined>): PgTypes.Parameter
  <Row>(rows: ReadonlyArray<Row>, pick: (row: Row) => A | null | undefined): PgTypes.Parameter
}

const same = (value: unknown) => value

const column = <A>(oid: number, encode: (value: A) => unknown = same): Column<A> => {
  const cellsOf = (rows: ReadonlyArray<unknown>, pick: (row: unknown) => unknown) => {
    let isEmpty = pick !== same
    const cells = rows.map((row) => {
      const value = pick(row)
      if (value === null || value === undefined) return null
      isEmpty = false
      return encode(value as A)
    })
    return isEmpty ? [] : cells
  }
  return (rows: ReadonlyArray<unknown>, pick: unknown = same) =>
    Result.getOrThrow(PgTypes.array(cellsOf(rows, pick as (row: unknown) => unknown), oid))
}

export const text: Column<string> = column(PgTypes.OID.text)
export const int4: Column<number> = column(PgTypes.OID.int4)
export const int8: Column<number | bigint> = column(PgTypes.OID.int8, BigInt)
export const float8: Column<number> = column(PgTypes.OID.float8)
export const bool: Column<boolean> = column(PgTypes.OID.bool)
/** Dates or milliseconds since 1970. */
export const timestamptz: Column<Date | number> = column(PgTypes.OID.timestamptz)
/** JSON as text, to be cast in the statement: `u.meta::jsonb`, which costs less than a `jsonb[]`. */
export const jsonText: Column<unknown> = column(PgTypes.OID.text, JSON.stringify)

const literal = (values: ReadonlyArray<string | number | boolean | null>): string => {
  let out = "{"
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (i > 0) out += ","
    out += typeof value === "string" ? `"${value.replace(/["\\]/g, "\\$&")}"` : value === null ? "NULL" : String(value)
  }
  return `${out}}`
}

/** An array per row as its literal, to be cast in the statement: `u.topics::text[]` (unnest would flatten a nested array). */
export const arrayText: Column<ReadonlyArray<string | number | boolean | null>> = column(PgTypes.OID.text, literal)

/** A bigint of the database as a number; one past 2^53 would be a different number, and is refused. */
export const toNumber = (value: bigint | number | string): number => {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} from the database is not a whole number below 2^53`)
  return number
}

/** The SQLSTATE that the server gave, if it was the server that failed. */
export const sqlState = (error: SqlError): string | undefined => {
  const { code } = (error.reason.cause ?? {}) as { code?: unknown }
  return typeof code === "string" ? code : undefined
}

interface ServerMessage {
  readonly message?: string
  readonly detail?: string
  readonly hint?: string
  readonly table?: string
  readonly constraint?: string
}

const DESCRIPTION_LIMIT = 1_000

/** What a socket says of a connection that broke; none of it names the database. */
const BROKEN = /^(read|write) E[A-Z]+|^Connection (closed|ended|terminated)/

/** What the database said, in one line. Its `detail`, which may quote a row, is left out. */
export const describe = (error: SqlError): string => {
  const cause = (error.reason.cause ?? {}) as ServerMessage
  const where = [sqlState(error), cause.table && `table ${cause.table}`, cause.constraint && `constraint ${cause.constraint}`, cause.hint]
  const facts = where.filter((fact) => fact !== undefined && fact !== "").join(", ")
  const said = `${cause.message || error.message}${facts === "" ? "" : ` (${facts})`}`
  const text = BROKEN.test(said) ? `the connection to PostgreSQL was lost: ${said}` : said
  return text.length > DESCRIPTION_LIMIT ? `${text.slice(0, DESCRIPTION_LIMIT)}…` : text
}
