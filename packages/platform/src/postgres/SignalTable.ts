import type * as PgClient from "@effect/sql-pg/PgClient"
import type { EnrichedSignal } from "@signalflow/domain/signals/EnrichedSignal"
import type { KnownSignal, StoredSignal } from "@signalflow/domain/signals/StoredSignal"
import * as Sql from "./Sql.ts"

/** A row of `signals`, or of some of its columns, as the driver returns it. */
// oxlint-disable-next-line typescript/no-explicit-any -- each column knows the type of its own value
export type SignalRow = Readonly<Record<string, any>>

/** How a type of PostgreSQL is written, cast within the statement and read. */
interface ColumnType {
  readonly encode: (rows: ReadonlyArray<StoredSignal>, from: (stored: StoredSignal) => never) => unknown
  /** The type of the array that `unnest` takes. */
  readonly array: string
  /** A cast of each element: an array of arrays cannot be unnested, and text costs less than `jsonb[]`. */
  readonly cast?: string
  readonly decode?: (value: never) => unknown
}

const types = {
  text: { encode: Sql.text, array: "text[]" },
  int: { encode: Sql.int4, array: "int[]" },
  bigint: { encode: Sql.int8, array: "bigint[]", decode: Sql.toNumber },
  float8: { encode: Sql.float8, array: "float8[]" },
  bool: { encode: Sql.bool, array: "bool[]" },
  timestamptz: { encode: Sql.timestamptz, array: "timestamptz[]", decode: (value: Date) => value.getTime() },
  texts: { encode: Sql.arrayText, array: "text[]", cast: "text[]" },
  jsonb: { encode: Sql.jsonText, array: "text[]", cast: "jsonb" },
} satisfies Record<string, ColumnType>

interface Column {
  readonly name: string
  readonly type: keyof typeof types
  readonly from: (stored: StoredSignal) => unknown
  /** The field of the signal that is read from this column, or from this column and those after it. */
  readonly field?: keyof EnrichedSignal
  readonly to?: (row: SignalRow) => unknown
  /** Content: an observation brings it again, so it is not read to be compared. */
  readonly content?: true
  /** Part of the feed's view. */
  readonly shown?: true
  /** Kept from the first observation. */
  readonly first?: true
  /** Its name among the unnested columns. */
  readonly alias?: string
}

type Flags = Pick<Column, "content" | "shown" | "first">

const content = { content: true } as const
const shown = { shown: true } as const
const first = { first: true } as const

/** A column that holds a field of the signal as it is. */
const field = (name: string, type: keyof typeof types, of: keyof EnrichedSignal, ...flags: ReadonlyArray<Flags>): Column => {
  const { decode }: ColumnType = types[type]
  const read = decode as ((value: unknown) => unknown) | undefined
  return {
    name,
    type,
    from: ({ signal }) => signal[of],
    field: of,
    to: read === undefined ? (row) => row[name] : (row) => (row[name] === null ? null : read(row[name])),
    ...Object.assign({}, ...flags),
  }
}

const WEB_ADDRESS = /^(https?:\/\/.*)?$/is

/**
 * The columns of `signals`, in the order of the table. Statements, row codecs and the feed's subset are derived from this list, so a column
 * is added here once.
 */
export const columns: ReadonlyArray<Column> = [
  field("id", "text", "id", first, shown),
  field("platform", "text", "platform", first, shown),
  field("kind", "text", "kind", content, shown),
  field("parent_id", "text", "parentId", content, shown),
  field("community", "text", "community", content, shown),
  field("author", "text", "author", shown),
  field("title", "text", "title", content, shown),
  field("body", "text", "body", content, shown),
  field("url", "text", "url", content, shown),
  // Rows of earlier versions may hold what is not a web address.
  { ...field("permalink", "text", "permalink", content, shown), to: ({ permalink }) => (WEB_ADDRESS.test(permalink) ? permalink : "") },
  field("language", "text", "language", shown),
  field("score", "int", "score", shown),
  field("comments", "int", "comments", shown),
  field("upvote_ratio", "float8", "upvoteRatio", content),
  field("reposts", "int", "reposts", content),
  field("views", "bigint", "views", content, shown),
  field("published_at", "timestamptz", "publishedAt", first, shown),
  field("observed_at", "timestamptz", "observedAt", shown),
  { name: "received_at", type: "timestamptz", from: (stored) => stored.receivedAt, ...first },
  { name: "counted_at", type: "timestamptz", from: (stored) => stored.countedAt, ...first },
  field("flair", "text", "flair", content),
  field("meta", "jsonb", "meta", content),
  {
    name: "sentiment_compound",
    type: "float8",
    alias: "compound",
    from: ({ signal }) => signal.sentiment?.compound,
    field: "sentiment",
    to: ({ sentiment_compound: compound, sentiment_label: label }) => (compound === null || label === null ? null : { compound, label }),
    ...shown,
  },
  { name: "sentiment_label", type: "text", alias: "label", from: ({ signal }) => signal.sentiment?.label, ...shown },
  field("keywords", "texts", "keywords"),
  field("entities", "texts", "entities"),
  field("topics", "texts", "topics", shown),
  field("fingerprint", "text", "fingerprint"),
  field("text_hash", "text", "textHash"),
  field("model", "int", "model"),
  {
    name: "score_velocity",
    type: "float8",
    from: ({ signal }) => signal.velocity?.score,
    field: "velocity",
    to: ({ score_velocity: score, comment_velocity: comments }) =>
      score === null && comments === null ? null : { score: score ?? 0, comments: comments ?? 0 },
    ...shown,
  },
  { name: "comment_velocity", type: "float8", from: ({ signal }) => signal.velocity?.comments, ...shown },
  {
    name: "trending_score",
    type: "float8",
    from: ({ signal }) => signal.trending.score,
    field: "trending",
    to: ({ trending_score: score, is_trending: isTrending }) => ({ score, isTrending }),
    ...shown,
  },
  { name: "is_trending", type: "bool", from: ({ signal }) => signal.trending.isTrending, ...shown },
  field("heat", "float8", "heat", shown),
  { name: "hidden", type: "bool", from: (stored) => stored.hidden },
]

const known = columns.filter((column) => column.content !== true)
const contents = columns.filter((column) => column.content === true)
const ofView = columns.filter((column) => column.shown === true)

const list = (of: ReadonlyArray<Column>, as: (column: Column) => string = ({ name }) => name): string => of.map(as).join(", ")

/** The columns that an observation is compared with; named, so that a column which a migration adds changes no prepared statement. */
export const KNOWN_COLUMNS = list(known)
/** All columns; `prefix` is the alias of the table, if it has one. */
export const columnsOf = (prefix = ""): string => list([...known, ...contents], ({ name }) => prefix + name)
/** The columns of the feed's view; `as` may replace or extend one. */
export const viewColumns = (as?: (name: string) => string): string => list(ofView, ({ name }) => as?.(name) ?? name)

/** Reads the fields of `of` from a row. Its constraints are the database's own, so nothing is decoded again. */
const reader = (of: ReadonlyArray<Column>) => {
  const fields = of.flatMap(({ field, to }) => (field === undefined || to === undefined ? [] : [[field, to] as const]))
  return (row: SignalRow): never => {
    const signal: Partial<Record<keyof EnrichedSignal, unknown>> = {}
    for (const [field, to] of fields) signal[field] = to(row)
    return signal as never
  }
}

const stored = <Signal>(row: SignalRow, signal: Signal): StoredSignal<Signal> => ({
  signal,
  receivedAt: row["received_at"].getTime(),
  countedAt: row["counted_at"].getTime(),
  hidden: row["hidden"],
})

const readKnown = reader(known)
const readAll = reader([...known, ...contents])
const readView = reader(ofView)

/** A row of `columnsOf()`. */
export const rowToStored = (row: SignalRow): StoredSignal => stored<EnrichedSignal>(row, readAll(row))
/** A row of `KNOWN_COLUMNS`. */
export const rowToKnown = (row: SignalRow): KnownSignal => stored<KnownSignal["signal"]>(row, readKnown(row))
/** The part of a signal that `viewColumns` holds. */
export type ShownSignal = Omit<
  EnrichedSignal,
  "upvoteRatio" | "reposts" | "flair" | "meta" | "keywords" | "entities" | "fingerprint" | "textHash" | "model"
>
/** A row of `viewColumns()`. */
export const rowToShown = (row: SignalRow): ShownSignal => readView(row)

/** The texts between the parameters of a statement, as a template has them. */
const template = (texts: ReadonlyArray<string>): TemplateStringsArray => Object.assign([...texts], { raw: texts })

const aliasOf = ({ name, alias }: Column): string => alias ?? name
const castOf = ({ type }: Column): string => {
  const { cast }: ColumnType = types[type]
  return cast === undefined ? "" : `::${cast}`
}

const updated = columns.filter((column) => column.first !== true)
const beforeArrays = `insert into signals (${list(columns)})
  select ${list(columns, (column) => `u.${aliasOf(column)}${castOf(column)}`)} from unnest(`
const afterArrays = `) as u (${list(columns, aliasOf)})
  on conflict (id) do update set ${list(updated, ({ name }) => `${name} = excluded.${name}`)}
  where signals.observed_at <= excluded.observed_at`
const upsertTexts = template([
  beforeArrays,
  ...columns.map(({ type }, n) => `::${types[type].array}${n === columns.length - 1 ? afterArrays : ", "}`),
])

/**
 * Writes signals, each id once; what is stored and newer stays. One array a column: one JSON text for all rows costs a worker 2 µs less
 * a signal and the database, of which there is one, 6 µs more (docs/internals/performance.md).
 */
export const upsertSignals = (sql: PgClient.PgClient) => (rows: ReadonlyArray<StoredSignal>) =>
  sql(upsertTexts, ...columns.map(({ type, from }) => (types[type] as ColumnType).encode(rows, from as (stored: StoredSignal) => never)))
