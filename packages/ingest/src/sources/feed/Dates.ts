import { reformed } from "./DateForms.ts"
import { monthOf } from "./Months.ts"
import { fullNameOffset, numericOffset, offsetOf, placeOffset } from "./Zones.ts"

const MOST = 100
const DAY = 86_400_000
const LATEST = Date.UTC(2100, 0, 1)

interface Clock {
  readonly ms: number
  /** Milliseconds east of Greenwich; null = a zone that is unknown. */
  readonly zone: number | null | { readonly place: string }
}

/** Digits of every script as ASCII, one kind of space, no remarks in brackets. */
const plain = (text: string): string =>
  text
    .normalize("NFKC")
    .replace(/^\s*\/Date\((\d{9,13})(?:[+-]\d{4})?\)\/\s*$/, "$1")
    .replace(/\p{Nd}/gu, (digit) => {
      if (digit <= "9") return digit
      let zero = digit.codePointAt(0)!
      while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1)) && digit.codePointAt(0)! - zero < 9) zero--
      return String(digit.codePointAt(0)! - zero)
    })
    .replace(/\([^()]*\)/g, " ")
    .replace(/(:\d\d),(?=\d)/g, "$1.")
    .replace(/[\s,،\u200e\u200f]+/g, " ")
    .trim()

const AFTERNOON = /^(?:p\.?m\.?|μμ|下午|오후|午後|م)$/iu
const MORNING = /^(?:a\.?m\.?|πμ|上午|오전|午前|ص)$/iu

const zoneOf = (rest: string): Clock["zone"] => {
  const words = rest.trim()
  if (words === "") return 0
  const place = /\b([A-Z][A-Za-z_]+\/[A-Z][A-Za-z0-9_/+-]+)\b/.exec(words)?.[1]
  if (place !== undefined) return { place }
  const offset = /^(?:utc|gmt|z|ut)? ?([+\-−–])(\d\d?)(?::?(\d\d))?(?=\D|$)/i.exec(words) ?? /^([+-])(\d\d)(\d\d)(?=\D|$)/.exec(words)
  if (offset !== null) return numericOffset(offset[1] === "+" ? "+" : "-", offset[2]!, offset[3])
  const full = fullNameOffset(words)
  if (full !== null) return full
  const named = /^([A-Za-z]{1,6})(?=[^A-Za-z]|$)/.exec(words)?.[1]
  return named === undefined ? null : offsetOf(named)
}

const NO_TIME: Clock = { ms: 0, zone: 0 }

const TIME =
  /(^|[T \u4e00-\u9fff])(\d{1,2})(?:[:hH時시点點] ?(\d{1,2})|[.](\d\d)(?=[.: ]|$)(?!\.\d)|(?= ?(?:[ap]\.?m\b)))(?:[:.mM分분'’] ?(\d{1,2})[s秒초"]?)?(?:[.,](\d{1,9}))?(?:分|분)?/u
const COMPACT = /^T?(\d\d)(\d\d)(\d\d)?(?:[.,](\d{1,9}))?(?=\D|$)/

const clockOf = (hours: number, minutes: number, seconds: number, fraction: string | undefined, zone: Clock["zone"]): Clock | null => {
  const isMidnight = hours === 24 && minutes === 0 && seconds === 0
  if ((hours > 23 && !isMidnight) || minutes > 59 || seconds > 60) return null
  const ms = Math.floor(Number(`0.${fraction ?? "0"}`) * 1_000)
  return { ms: ((hours * 60 + minutes) * 60 + Math.min(seconds, 59)) * 1_000 + ms, zone }
}

/** The time of day and what stands around it. Null = there is one, and it is impossible. */
const takeTime = (text: string): { readonly clock: Clock; readonly rest: string; readonly isTold: boolean } | null => {
  const found = TIME.exec(text)
  if (found === null) return { clock: NO_TIME, rest: text, isTold: false }
  const [all, lead = "", hour = "", colon, dot, second, fraction] = found
  const before = text.slice(0, found.index + (/[\u4e00-\u9fff]/u.test(lead) ? 1 : 0))
  let after = text.slice(found.index + all.length).trim()
  const half = /^(\S+)/.exec(after)?.[1] ?? ""
  const halfBefore = /(\S+) ?$/.exec(before)?.[1] ?? ""
  let hours = Number(hour)
  const isAfternoon = AFTERNOON.test(half) || AFTERNOON.test(halfBefore)
  const isMorning = MORNING.test(half) || MORNING.test(halfBefore)
  if (isAfternoon || isMorning) {
    if (hours > 12 && isMorning) return null
    hours = (hours % 12) + (isAfternoon ? 12 : 0)
    if (Number(hour) > 12) hours = Number(hour)
    if (AFTERNOON.test(half) || MORNING.test(half)) after = after.slice(half.length).trim()
  }
  after = after.replace(/^(?:uhr|hrs?|hs?|heures?|ч|годин[аи]?)\b\.?/iu, "").trim()
  // `Mon Apr 21 06:00:00 CEST 2025`: the year may stand behind the zone.
  const year = /(?:^| )((?:19|20)\d\d)$/.exec(after)?.[1]
  const zoned = year === undefined ? after : after.slice(0, -4).trim()
  const isDate = !/\d/.test(before) && (monthIn(zoned) || /\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}/.test(zoned))
  const clock = clockOf(hours, Number(colon ?? dot ?? 0), Number(second ?? 0), fraction, isDate ? 0 : zoneOf(zoned))
  const rest = isDate ? `${before} ${after}` : `${before} ${year ?? ""}`
  return clock === null ? null : { clock, rest: rest.trim(), isTold: true }
}

const monthIn = (text: string): boolean => /\p{L}{3,}/u.test(text) && words(text).some((word) => monthOf(word) !== null)

const words = (text: string): ReadonlyArray<string> => text.match(/[\p{L}\p{M}][\p{L}\p{M}.'’]*/gu) ?? []

const yearOf = (digits: string): number => {
  const year = Number(digits)
  // Thailand counts from 543 years before.
  if (year >= 2_513 && year < 2_643) return year - 543
  return digits.length > 2 ? year : year < 50 ? 2_000 + year : 1_900 + year
}

const dayAt = (year: number, month: number, day: number): number | null => {
  const at = Date.UTC(year, month - 1, day)
  const made = new Date(at)
  return month >= 1 && month <= 12 && made.getUTCMonth() === month - 1 && made.getUTCDate() === day ? at : null
}

const NUMBERS = /(?:^|\D)(\d{1,4})\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,4})(?:日|일)?(?=\D|$)/u

/** The day that numbers alone name. */
const numbered = (rest: string, isDayFirst: boolean): number | null => {
  const compact = /(?:^|\s)(\d{4})(\d\d)(\d\d)(?=\D|$)/.exec(rest)
  if (compact !== null) return dayAt(yearOf(compact[1]!), Number(compact[2]), Number(compact[3]))
  const found = NUMBERS.exec(rest)
  if (found === null) return null
  const [all, a, b, c] = found as unknown as [string, string, string, string]
  if (a.length > 2 || (c.length <= 2 && /[-年년]/u.test(all))) return dayAt(yearOf(a), Number(b), Number(c))
  const year = yearOf(c)
  if (all.includes("/") && !isDayFirst) return dayAt(year, Number(a), Number(b)) ?? dayAt(year, Number(b), Number(a))
  return dayAt(year, Number(b), Number(a)) ?? dayAt(year, Number(a), Number(b))
}

/** The month among the words. `mar` is March and a Tuesday: what stands behind the number of the day is the month. */
const spoken = (rest: string): number | null => {
  const behind = /\d\d?(?:st|nd|rd|th|er|[.ºª°])?[\s-]+(?:de\s+|di\s+|d[e’'])?([\p{L}\p{M}.’']+)/u.exec(rest)?.[1]
  for (const word of [...(behind === undefined ? [] : [behind]), ...words(rest).toReversed()]) {
    const month = monthOf(word)
    if (month !== null) return month
  }
  return null
}

/** The day that is written with the name of a month. */
const named = (rest: string): number | null => {
  const month = spoken(rest)
  if (month === null) return null
  const numbers = [...rest.matchAll(/\d+/g)].map(([digits]) => digits)
  const year = numbers.find((digits) => digits.length === 4) ?? (numbers.length > 1 ? numbers.at(-1) : undefined)
  const day = numbers.find((digits) => digits.length <= 2 && digits !== (year !== undefined && year.length <= 2 ? null : year))
  if (year === undefined || (year.length !== 4 && year.length !== 2)) return null
  return dayAt(yearOf(year), month, day === undefined ? 1 : Number(day))
}

// Twelve digits that begin like a year and a month are those of a minute.
const EPOCH = /^(\d{9,10})(?:\.\d+)?$|^(?!(?:19|20)\d\d(?:0[1-9]|1[0-2])\d{6}$)(\d{12,13})$/

/**
 * Unix milliseconds of a date as feeds write it, null where it cannot be placed. In UTC unless a zone is given, whatever the zone of the machine;
 * never what no calendar has. `isDayFirst`: how to read `3/4/2025`.
 */
export const placedAt = (written: string | null, isDayFirst = false): number | null => {
  if (written === null || written.length > MOST) return null
  const text = reformed(plain(written))
  const epoch = EPOCH.exec(text)
  if (epoch !== null) return within(epoch[1] === undefined ? Number(epoch[2]) : Number(text) * 1_000)
  const joined = /^(\d{8}|\d{4}-\d\d-\d\d)T?(?=\d{4})(.+)$/.exec(text)
  const iso = joined === null ? null : COMPACT.exec(joined[2]!)
  if (joined !== null && iso !== null) {
    const clock = clockOf(Number(iso[1]), Number(iso[2]), Number(iso[3] ?? 0), iso[4], zoneOf(joined[2]!.slice(iso[0].length)))
    return together(numbered(joined[1]!, false), clock)
  }
  const time = takeTime(text)
  if (time === null) return null
  const { rest } = time
  const day = numbered(rest, isDayFirst) ?? named(rest)
  if (time.isTold) return together(day, time.clock)
  // A day alone may still have a zone: 2025-04-21Z, 2025-04-21+02:00.
  const zone = /^\D*\d{4}-\d\d-\d\d ?(Z|[+-]\d\d:?\d\d)$/i.exec(text)?.[1]
  return together(day, { ms: 0, zone: zone === undefined ? 0 : zoneOf(zone) })
}

const together = (day: number | null, clock: Clock | null): number | null => {
  if (day === null || clock === null || clock.zone === null) return null
  const local = day + clock.ms
  const offset = typeof clock.zone === "number" ? clock.zone : placeOffset(clock.zone.place, local)
  return offset === null ? null : within(local - offset)
}

/** Not the first day of the epoch, which is what an empty field becomes, nor the far future. */
const within = (at: number): number | null => (Number.isFinite(at) && at > DAY && at < LATEST ? Math.floor(at) : null)

/** Whether a date in numbers puts the day first; null = it does not tell. */
export const dayFirst = (written: string | null): boolean | null => {
  if (written === null || written.length > MOST) return null
  const [, a = "", b = ""] = /(?:^|\D)(\d{1,2})\/(\d{1,2})\/\d{2,4}(?=\D|$)/.exec(plain(written)) ?? []
  if (Number(a) > 12 && Number(b) <= 12) return true
  return Number(b) > 12 && Number(a) <= 12 && a !== "" ? false : null
}
