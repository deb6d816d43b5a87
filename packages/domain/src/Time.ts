import { Schema } from "effect"

const latest = Date.UTC(2100, 0, 1)

/** Unix time in milliseconds, from 1970 to 2100: a date outside is a mistake upstream, never a signal of the year 9999. */
export const Timestamp = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: latest }))
export type Timestamp = typeof Timestamp.Type

export const isTimestamp = (value: number): boolean => Number.isSafeInteger(value) && value >= 0 && value <= latest

/** Width of a topic window, in milliseconds: 15 minutes. */
export const BUCKET = 15 * 60_000

/** Start of the 15-minute bucket that holds `at`, in unix milliseconds. */
export const bucketOf = (at: number): number => at - (at % BUCKET)

/** ISO 8601 in UTC, as the HTTP API and live frames write a time. */
export const IsoTime = Schema.String.check(Schema.isPattern(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/))
