import { formsOf } from "@signalflow/domain/query/Matches"
import type { Field, Query, Range } from "@signalflow/domain/query/Query"
import { text } from "@signalflow/platform/postgres/Sql"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"

const columnOf: Record<Field, string> = {
  platform: "platform",
  community: "community",
  author: "author",
  topic: "topics",
  language: "language",
  kind: "kind",
  sentiment: "sentiment_label",
}

const numberOf: Record<Range, string> = { time: "counted_at", score: "score", comments: "comments", views: "views", heat: "heat" }

/** `exact`: it holds for the meant signals alone. Otherwise it holds for more, and `matches` has to decide. */
interface Condition {
  readonly sql: Fragment
  readonly exact: boolean
}

/** A query as conditions on `signals`, all of which hold for every signal that is meant. Values are always bound. */
export const conditionsOf = (sql: SqlClient, query: Query): { readonly where: ReadonlyArray<Fragment>; readonly exact: boolean } => {
  const everything: Condition = { sql: sql`TRUE`, exact: false }

  const ofField = (field: Field, values: ReadonlyArray<string>): Fragment => {
    const column = sql.literal(columnOf[field])
    const forms = formsOf(field, values)
    if (field === "topic") {
      if (forms.length === 1) return sql`${column} @> ARRAY[${forms[0]}]::text[]`
      return forms.length === 2 ? sql`${column} && ARRAY[${forms[0]}, ${forms[1]}]::text[]` : sql`${column} && ${text(forms)}::text[]`
    }
    return forms.length === 1 ? sql`${column} = ${forms[0]}` : sql`${column} = ANY(${text(forms)}::text[])`
  }

  const ofRange = (range: Range, from: number | undefined, until: number | undefined): ReadonlyArray<Fragment> => {
    const column = sql.literal(numberOf[range])
    const value = (number: number) => (range === "time" ? new Date(number) : number)
    const type = sql.literal(range === "time" ? "" : "::float8")
    return [
      ...(from === undefined ? [] : [sql`${column} >= ${value(from)}${type}`]),
      ...(until === undefined ? [] : [sql`${column} < ${value(until)}${type}`]),
      ...(from === undefined && until === undefined ? [sql`${column} IS NOT NULL`] : []),
    ]
  }

  /** As conditions that are joined by `AND`. */
  const conditions = (of: Query): ReadonlyArray<Condition> => {
    switch (of._tag) {
      case "Text":
        // Words are folded as the database cannot.
        return [everything]
      case "Field":
        return [{ sql: of.values.length === 0 ? sql`FALSE` : ofField(of.field, of.values), exact: true }]
      case "Range":
        return ofRange(of.range, of.from, of.until).map((one) => ({ sql: one, exact: true }))
      case "And":
        return of.queries.flatMap(conditions)
      case "Or": {
        if (of.queries.length === 0) return [{ sql: sql`FALSE`, exact: true }]
        const all = of.queries.map(condition)
        return [{ sql: sql`(${sql.or(all.map((one) => one.sql))})`, exact: all.every(({ exact }) => exact) }]
      }
      case "Not": {
        const inner = condition(of.query)
        // Of a column that is null nothing is true, and so its opposite is.
        return [inner.exact ? { sql: sql`(${inner.sql}) IS NOT TRUE`, exact: true } : everything]
      }
    }
  }

  const condition = (of: Query): Condition => {
    const all = conditions(of)
    if (all.length === 1) return all[0]!
    return { sql: all.length === 0 ? sql`TRUE` : sql`(${sql.and(all.map((one) => one.sql))})`, exact: all.every(({ exact }) => exact) }
  }

  const all = conditions(query)
  const exact = all.every((one) => one.exact)
  return { where: all.filter((one) => one !== everything).map((one) => one.sql), exact }
}
