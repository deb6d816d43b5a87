import { Result } from "effect"

const FORM = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(?:([Zz])|([+\- ])(\d\d):?(\d\d)))?$/

const EXPECTED =
  "must be a time with its offset, like 2026-01-31T09:30:00Z or 2026-01-31T09:30:00+02:00, or a date like 2026-01-31 (00:00 UTC)"

const MONTHS = "January February March April May June July August September October November December".split(" ")

/** Nothing is dated outside, and what computes with times need not think about it. */
const EARLIEST = 0
const LATEST = Date.UTC(2100, 0, 1)

const daysIn = (year: number, month: number): number =>
  month === 2 ? (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31

/**
 * Unix milliseconds of an instant as people write one (RFC 3339, with any offset; a date alone is its first moment in UTC), brought into
 * 1970 to 2100; or what is wrong with it. A space stands for the plus sign that it is in a URL which nobody has encoded.
 */
export const instantOf = (text: string): Result.Result<number, string> => {
  const parts = FORM.exec(text)
  if (parts === null) return Result.fail(EXPECTED)
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  if (month < 1 || month > 12) return Result.fail(`there is no month ${parts[2]}: ${EXPECTED}`)
  const days = daysIn(year, month)
  if (day < 1 || day > days) return Result.fail(`there is no ${day} ${MONTHS[month - 1]} ${parts[1]}: the month has ${days} days`)
  const [offsetHours, offsetMinutes] = [Number(parts[10] ?? 0), Number(parts[11] ?? 0)]
  // 60 is a leap second, which unix time does not count.
  if (hour > 23 || minute > 59 || second > 60)
    return Result.fail(`there is no time ${parts[4]}:${parts[5]}${parts[6] === undefined ? "" : `:${parts[6]}`}`)
  if (offsetHours > 23 || offsetMinutes > 59) return Result.fail(`there is no offset of ${parts[10]}:${parts[11]}`)
  const offset = (parts[9] === "-" ? -1 : 1) * (offsetHours * 60 + offsetMinutes) * 60_000
  // `Date.UTC` takes the years 0 to 99 for 1900 to 1999; they are long before the earliest.
  const at =
    (year < 100 ? EARLIEST : Date.UTC(year, month - 1, day, hour, minute, second)) +
    Math.trunc(Number(`0${parts[7] ?? ".0"}`) * 1_000) -
    offset
  return Result.succeed(Math.min(LATEST, Math.max(EARLIEST, at)))
}
