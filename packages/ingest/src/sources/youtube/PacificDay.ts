import { DateTime } from "effect"

const zone = DateTime.zoneMakeNamedUnsafe("America/Los_Angeles")

/** A day of YouTube's quota: from midnight to midnight in California, 23 to 25 hours. Times in unix milliseconds. */
export interface PacificDay {
  /** YYYY-MM-DD */
  readonly name: string
  readonly from: number
  /** When the quota is new again. */
  readonly resetAt: number
}

/** The day of the quota that holds `at` (https://developers.google.com/youtube/v3/getting-started#quota). */
export const pacificDayOf = (at: number): PacificDay => {
  const start = DateTime.startOf(DateTime.makeZonedUnsafe(at, { timeZone: zone }), "day")
  const next = DateTime.startOf(DateTime.add(start, { days: 1 }), "day")
  return { name: DateTime.formatIsoDate(start), from: DateTime.toEpochMillis(start), resetAt: DateTime.toEpochMillis(next) }
}
