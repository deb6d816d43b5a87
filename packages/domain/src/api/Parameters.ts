import { Result, Schema, SchemaTransformation } from "effect"
import { instantOf } from "../Instant.ts"

/** A whole number as a person writes one: no sign, space, leading zero, exponent or other base. */
export const wholeNumber = (minimum: number, maximum: number) =>
  Schema.String.check(
    Schema.makeFilter((text) =>
      /^(0|[1-9]\d{0,15})$/.test(text) && Number(text) >= minimum && Number(text) <= maximum
        ? undefined
        : `must be a whole number from ${minimum} to ${maximum}`,
    ),
  ).pipe(Schema.decodeTo(Schema.Int, SchemaTransformation.transform({ decode: Number, encode: String })))

export const pageSize = wholeNumber(1, 200)

/** An instant: RFC 3339 with any offset, or a date alone, which is its first moment in UTC. */
export const instant = Schema.String.check(
  Schema.makeFilter((text) => {
    const read = instantOf(text)
    return Result.isFailure(read) ? read.failure : undefined
  }),
)

/** Text that PostgreSQL can compare: it knows no NUL. */
export const term = Schema.String.check(
  Schema.makeFilter((text) => {
    if (text === "") return "must not be empty: leave it out instead"
    if (text.length > 200) return "must have at most 200 characters"
    return text.includes("\0") ? "must not contain a NUL character" : undefined
  }),
)

export const cursor = Schema.String.check(
  Schema.makeFilter((text) =>
    text.length <= 400 ? undefined : "is longer than any that this server gives: leave it out to begin at the first page",
  ),
)
