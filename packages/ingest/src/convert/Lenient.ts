import { Schema, SchemaGetter } from "effect"

/**
 * Fields that an item can do without. What upstreams write there besides the documented (null, another type, a number as text) is read where its meaning
 * is plain, and is as if absent where it is not: it never costs the item.
 */
const lenient = <A>(to: Schema.Codec<A>, read: (value: unknown) => A | null) =>
  Schema.optionalKey(
    Schema.Unknown.pipe(
      Schema.decodeTo(Schema.NullOr(to), {
        decode: SchemaGetter.transform(read),
        encode: SchemaGetter.transform((value: A | null): unknown => value),
      }),
    ),
  )

const INTEGER = /^\s*[+-]?\d{1,16}(?:\.\d*)?\s*$/
const DECIMAL = /^\s*[+-]?\d{1,16}(?:\.\d{1,16})?\s*$/
/** What a database's integer holds. */
const MOST = 2_147_483_647

const numberOf = (value: unknown, form: RegExp): number | null => {
  const number = typeof value === "string" && form.test(value) ? Number(value) : value
  return typeof number === "number" && Number.isFinite(number) ? number : null
}

const bounded = (number: number | null, most: number): number | null =>
  number === null ? null : Math.max(-most, Math.min(most, Math.trunc(number))) + 0

/** A text. */
export const text = lenient(Schema.String, (value) => (typeof value === "string" ? value : null))

/** A whole number, written as one or as text; at most what an integer of the database holds. */
export const count = lenient(Schema.Int, (value) => bounded(numberOf(value, INTEGER), MOST))

/** A count that is never below zero: a negative one is none. `most`: where it is cut. */
export const natural = (most = MOST) =>
  lenient(Schema.Int, (value) => {
    const number = bounded(numberOf(value, INTEGER), most)
    return number === null || number < 0 ? null : number
  })

/** A number, written as one or as text. */
export const finite = lenient(Schema.Finite, (value) => numberOf(value, DECIMAL))

/** A flag: `true`, 1 or "true" set it. */
export const flag = lenient(Schema.Boolean, (value) => value === true || value === 1 || value === "true" || value === "1")

/** The texts of a list; anything else is an empty one. */
export const texts = lenient(Schema.Array(Schema.String), (value) =>
  Array.isArray(value) ? value.slice(0, 1_000).filter((one) => typeof one === "string") : [],
)

/** A list whose elements are decoded one by one; anything else is an empty one. */
export const list = lenient(Schema.Array(Schema.Unknown), (value) => (Array.isArray(value) ? value : []))

/** A part that is read by `schema`, or is as if absent. */
export const part = <A>(schema: Schema.Codec<A, unknown>) => {
  const decode = Schema.decodeUnknownOption(schema)
  return lenient(Schema.Unknown as unknown as Schema.Codec<A>, (value) => {
    const decoded = decode(value)
    return decoded._tag === "Some" ? decoded.value : null
  })
}
