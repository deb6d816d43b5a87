const DAY = 86_400_000

const iso = (at: number): string => new Date(at).toISOString().slice(0, 10)

/** Monday of the first week of a year is that of the fourth of January (ISO 8601). */
const ofWeek = (written: string, year: string, week: string, day: string): string => {
  if (Number(week) < 1 || Number(week) > 53 || Number(day) < 1 || Number(day) > 7) return written
  const fourth = new Date(Date.UTC(Number(year), 0, 4))
  const monday = fourth.getTime() - ((fourth.getUTCDay() + 6) % 7) * DAY
  return iso(monday + ((Number(week) - 1) * 7 + Number(day) - 1) * DAY)
}

const ofOrdinal = (written: string, year: string, day: string): string => {
  const at = Date.UTC(Number(year), 0, Number(day))
  return Number(day) > 0 && new Date(at).getUTCFullYear() === Number(year) ? iso(at) : written
}

const ERAS: Readonly<Record<string, number>> = { 令和: 2018, 平成: 1988, 昭和: 1925, 民國: 1911, 民国: 1911 }

const ofEra = (_: string, era: string, year: string): string => `${ERAS[era]! + (year === "元" ? 1 : Number(year))}年`

/** Of a long run of digits since 1970 those of the milliseconds: it counts microseconds or nanoseconds. */
const ofFinerEpoch = (_: string, milliseconds: string): string => milliseconds

type Form = readonly [written: RegExp, as: string | ((...found: ReadonlyArray<string>) => string)]

/** Ways of writing a date that say the same as another one does. */
const FORMS: ReadonlyArray<Form> = [
  [/^(\d{13})(?:\d{3}|\d{6})$/, ofFinerEpoch],
  [/[\u2010-\u2015\u2212]/g, "-"],
  [/^(\d{4})-?W(\d\d)-?(\d)(?=[T ]|$)/i, ofWeek],
  [/^(\d{4})-?(\d{3})(?=[TZ ]|$)/i, ofOrdinal],
  [/^(\d{4}):(\d\d):(\d\d)(?= |$)/, "$1-$2-$3"],
  [/(\/\d{4}):(?=\d\d:\d\d)/, "$1 "],
  [/(\d)_(?=\d\d:)/, "$1 "],
  [/(\d)t(?=\d\d)/, "$1T"],
  [/T(\d\d)-(\d\d)-(\d\d)(?=\D|$)/, "T$1:$2:$3"],
  [/(\d\d)T(\d\d)(?=Z|[+-]\d\d|$)/i, "$1T$2:00"],
  [/(\d{4} \d{1,2})\.(\d\d)\.(\d\d)(?=\D|$)/, "$1:$2:$3"],
  [/(\d) ?h ?(\d\d)(?=\D|$)/i, "$1:$2"],
  [/(?<![:.\d])(\d{1,2}) ?(?:h|uhr|[時时시点點])(?=[ .]|$)/iu, "$1:00"],
  [/(\d) ?(?:horas|hodin|godz|uur|часов)\.?(?= |$)/iu, "$1"],
  [/(令和|平成|昭和|民國|民国) ?(\d{1,3}|元) ?年/u, ofEra],
  [/(\d{1,2}) (\d{1,2}) ?[월月] (\d{4})/u, "$3-$2-$1"],
  [/(\d{1,2}) tháng (\d{1,2})(?: năm)? (\d{4})/iu, "$3-$2-$1"],
]

/** A date in one of the forms that are read, where it is in another. */
export const reformed = (text: string): string =>
  FORMS.reduce((date, [written, as]) => (typeof as === "string" ? date.replace(written, as) : date.replace(written, as)), text)
