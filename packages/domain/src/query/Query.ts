import { Schema } from "effect"

/** Fields that are compared as they are; of a list (`topic`), one is enough. */
export const fields = ["platform", "community", "author", "topic", "language", "kind", "sentiment"] as const
export type Field = (typeof fields)[number]

/** Numbers; `time` is when the signal was published, in unix milliseconds, but never later than when it was received. */
export const ranges = ["time", "score", "comments", "views", "heat"] as const
export type Range = (typeof ranges)[number]

/**
 * Which signals are meant. Every filter is made of it: of targets, of the live feed, of the API and of the page. It is plain JSON, so that it
 * can be stored.
 */
export type Query =
  /** A word or a phrase in the title or in the body, as whole words, in any case and accent. */
  | { readonly _tag: "Text"; readonly text: string }
  /** The field has one of the values. */
  | { readonly _tag: "Field"; readonly field: Field; readonly values: ReadonlyArray<string> }
  /** From `from` (inclusive) to `until` (exclusive). A signal without the number is not meant. */
  | { readonly _tag: "Range"; readonly range: Range; readonly from?: number; readonly until?: number }
  /** Every one of them; without any, all signals. */
  | { readonly _tag: "And"; readonly queries: ReadonlyArray<Query> }
  /** One of them; without any, no signal. */
  | { readonly _tag: "Or"; readonly queries: ReadonlyArray<Query> }
  | { readonly _tag: "Not"; readonly query: Query }

const nested = Schema.suspend((): Schema.Codec<Query> => Query)
const several = { queries: Schema.Array(nested) }

export const Query: Schema.Codec<Query> = Schema.Union([
  Schema.TaggedStruct("Text", { text: Schema.String }),
  Schema.TaggedStruct("Field", { field: Schema.Literals(fields), values: Schema.Array(Schema.String) }),
  Schema.TaggedStruct("Range", {
    range: Schema.Literals(ranges),
    from: Schema.optionalKey(Schema.Finite),
    until: Schema.optionalKey(Schema.Finite),
  }),
  Schema.TaggedStruct("And", several),
  Schema.TaggedStruct("Or", several),
  Schema.TaggedStruct("Not", { query: nested }),
])

export const text = (of: string): Query => ({ _tag: "Text", text: of })
export const field = (of: Field, ...values: ReadonlyArray<string>): Query => ({ _tag: "Field", field: of, values })
export const range = (of: Range, from: number | undefined, until: number | undefined): Query => ({
  _tag: "Range",
  range: of,
  ...(from === undefined ? {} : { from }),
  ...(until === undefined ? {} : { until }),
})
export const and = (...queries: ReadonlyArray<Query>): Query => ({ _tag: "And", queries })
export const or = (...queries: ReadonlyArray<Query>): Query => ({ _tag: "Or", queries })
export const not = (query: Query): Query => ({ _tag: "Not", query })

/** Conditions on fields, each left out where there is no value. */
export const allOf = (values: Readonly<Partial<Record<Field, string | ReadonlyArray<string> | null | undefined>>>): Query =>
  and(
    ...fields.flatMap((name) => {
      const value = values[name]
      return value === null || value === undefined ? [] : [field(name, ...(typeof value === "string" ? [value] : value))]
    }),
  )
