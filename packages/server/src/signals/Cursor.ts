import { Option, Schema } from "effect"
import { createHmac, timingSafeEqual } from "node:crypto"

/** Where a page ended: the sort key of its last row, the row's id, and since when rows are looked at (unix milliseconds). */
export const Cursor = Schema.Union([
  Schema.TaggedStruct("new", { key: Schema.String.check(Schema.isPattern(/^\d{1,18}$/)), id: Schema.String }),
  Schema.TaggedStruct("hot", { key: Schema.Finite, id: Schema.String, from: Schema.Int }),
])
export type Cursor = typeof Cursor.Type

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Cursor))

const SIGNATURE_BYTES = 12

const signature = (secret: string, body: string): Buffer => createHmac("sha256", secret).update(body).digest().subarray(0, SIGNATURE_BYTES)

/** Opaque, and signed: a cursor that was made up or changed is refused, not guessed at. */
export const encodeCursor = (secret: string, cursor: Cursor): string => {
  const body = Buffer.from(JSON.stringify(cursor)).toString("base64url")
  return `${body}.${signature(secret, body).toString("base64url")}`
}

export const decodeCursor = (secret: string, text: string): Option.Option<Cursor> => {
  const [body = "", signed = "", rest] = text.split(".")
  const given = Buffer.from(signed, "base64url")
  if (rest !== undefined || given.length !== SIGNATURE_BYTES || !timingSafeEqual(given, signature(secret, body))) return Option.none()
  // A second spelling of the same bytes would be another text with the same meaning.
  if (given.toString("base64url") !== signed) return Option.none()
  return decodeJson(Buffer.from(body, "base64url").toString())
}
