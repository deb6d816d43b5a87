import { Effect } from "effect"
import { BusError, type BusRecord } from "./SignalBus.ts"

/**
 * Most bytes of a record's key, value and headers: below the 1 MiB that Kafka takes as it comes. The largest legal signal
 * needs a fifth of it.
 */
export const RECORD_LIMIT = 900_000

const utf8 = new TextEncoder()
const bytesOf = (text: string): number => (text.isWellFormed() ? utf8.encode(text).length : text.length * 2 + 2)

export const sizeOf = ({ key, value, headers }: Omit<BusRecord, "topic">): number =>
  Object.entries(headers).reduce((sum, [name, text]) => sum + bytesOf(name) + bytesOf(text), bytesOf(key) + bytesOf(value))

/** No text is longer in bytes than three times its length. */
const mayBeTooLarge = ({ key, value, headers }: BusRecord): boolean => {
  let length = key.length + value.length
  for (const name in headers) length += name.length + headers[name]!.length
  return length * 3 > RECORD_LIMIT
}

/** The error that names records which are too large. */
export const tooLarge = (records: ReadonlyArray<BusRecord>, which: ReadonlyArray<number>, limit: string, cause: unknown): BusError => {
  const refused = which.map((index) => {
    const record = records[index]!
    return { index, topic: record.topic.name, key: record.key, bytes: sizeOf(record) }
  })
  const named = refused.slice(0, 3).map(({ topic, key, bytes }) => `${JSON.stringify(key.slice(0, 200))} for ${topic} has ${bytes} bytes`)
  const more = refused.length > 3 ? `, and ${refused.length - 3} more` : ""
  return new BusError({
    operation: "publish",
    message: `${records.length} records were not published: the record of key ${named.join(", of key ")}${more}; ${limit}`,
    cause,
    refused,
  })
}

/** Every bus refuses the same: nothing is stored of a publish that has a record over the limit. */
export const withinLimit = (records: ReadonlyArray<BusRecord>): Effect.Effect<void, BusError> =>
  Effect.suspend(() => {
    const which = records.flatMap((record, index) => (mayBeTooLarge(record) && sizeOf(record) > RECORD_LIMIT ? [index] : []))
    return which.length === 0
      ? Effect.void
      : Effect.fail(tooLarge(records, which, `a record may have at most ${RECORD_LIMIT}`, "too large"))
  })
