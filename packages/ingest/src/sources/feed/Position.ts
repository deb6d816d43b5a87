import { Option, Schema } from "effect"
import type { Validators } from "./Client.ts"

const MOST_SEEN = 1_000
const Validator = Schema.NullOr(Schema.String.check(Schema.isMaxLength(1_000)))
/** Native id, version, when it was published; 0 = undated and older than the watch. */
const Seen = Schema.Tuple([Schema.String, Schema.String, Schema.Int])
const Stored = Schema.Struct({ etag: Validator, lastModified: Validator, seen: Schema.Array(Seen), due: Schema.optionalKey(Schema.Int) })
const decodeStored = Schema.decodeUnknownOption(Stored)

export interface Known {
  readonly version: string
  readonly publishedAt: number
}

/** How far a feed has been read: the version of its document, and the items that it held lately. */
export interface Position extends Validators {
  readonly seen: ReadonlyMap<string, Known>
  /** When the first item comes due that the document dates in the future: it is read again then, changed or not. */
  readonly due: number | null
}

/** The position that was stored, or null where there is none that can be understood. */
export const positionOf = (stored: unknown): Position | null => {
  const decoded = decodeStored(stored)
  if (Option.isNone(decoded)) return null
  const { etag, lastModified, seen, due } = decoded.value
  return { etag, lastModified, due: due ?? null, seen: new Map(seen.map(([id, version, publishedAt]) => [id, { version, publishedAt }])) }
}

/** As JSON. */
export const stored = ({ etag, lastModified, seen, due }: Position): typeof Stored.Type => ({
  etag,
  lastModified,
  ...(due === null ? {} : { due }),
  seen: [...seen].map(([id, { version, publishedAt }]) => [id, version, publishedAt] as const),
})

const bounded = (validator: string | null) => (validator !== null && validator.length > 1_000 ? null : validator)

/** The position after a document: what it holds is remembered before what it no longer holds. */
export const moved = (
  before: Position | null,
  validators: Validators,
  now: ReadonlyMap<string, Known>,
  due: number | null = null,
): Position => {
  const seen = new Map(now)
  for (const [id, known] of before?.seen ?? []) {
    if (seen.size >= MOST_SEEN) break
    if (!seen.has(id)) seen.set(id, known)
  }
  return { etag: bounded(validators.etag), lastModified: bounded(validators.lastModified), seen, due }
}

/** What the server may be asked by, whether its document has changed: nothing where an item has come due. */
export const validatorsAt = (position: Position | null, now: number): Validators =>
  position === null || (position.due !== null && position.due <= now) ? { etag: null, lastModified: null } : position
