const LOCALES =
  "en fr de es it pt nl ru pl uk cs sk hu ro bg sr hr sl bs mk sq el tr sv da nb nn fi is et lv lt ca eu gl ga cy id ms vi tl sw af az uz kk be ka hy he ar fa hi bn ta te th ja ko zh".split(
    " ",
  )
const JANUARY = Date.UTC(2025, 0, 15)

/** Lower case, without accents and the dot of an abbreviation. */
const bare = (word: string): string =>
  word
    .normalize("NFKD")
    .replace(/[\p{M}.'’ʼ\u200f\u200e]/gu, "")
    .toLowerCase()

// Names that are written and not in the tables, or that two languages use for different months: the one that is spoken by more.
const ALSO: Readonly<Record<string, number>> = {
  january: 1,
  february: 2,
  march: 3,
  april: 4,
  june: 6,
  july: 7,
  august: 8,
  september: 9,
  october: 10,
  november: 11,
  december: 12,
  jan: 1,
  feb: 2,
  mar: 3,
  mrz: 3,
  apr: 4,
  may: 5,
  mai: 5,
  jun: 6,
  jul: 7,
  aug: 8,
  sep: 9,
  sept: 9,
  oct: 10,
  okt: 10,
  nov: 11,
  dec: 12,
  dez: 12,
  janv: 1,
  jann: 1,
  janner: 1,
  fev: 2,
  fevr: 2,
  feber: 2,
  avr: 4,
  avril: 4,
  juin: 6,
  juil: 7,
  juill: 7,
  aout: 8,
  set: 9,
  setiembre: 9,
  ott: 10,
  dic: 12,
  gen: 1,
  mag: 5,
  giu: 6,
  lug: 7,
  ago: 8,
  мая: 5,
  май: 5,
  сент: 9,
  нояб: 11,
  февр: 2,
  июн: 6,
  июл: 7,
  marz: 3,
  maerz: 3,
  marca: 3,
  listopad: 11,
  listopada: 11,
  lis: 11,
  mayis: 5,
  شباط: 2,
  اذار: 3,
  نيسان: 4,
  ايار: 5,
  حزيران: 6,
  تموز: 7,
  اب: 8,
  ايلول: 9,
}

const usual = new Map(Object.entries(ALSO))

const tables = (): ReadonlyMap<string, number> => {
  const found = new Map(usual)
  for (const locale of LOCALES)
    for (const month of ["long", "short"] as const)
      for (const day of [undefined, "numeric"] as const) {
        const format = new Intl.DateTimeFormat(`${locale}-u-ca-gregory-nu-latn`, {
          month,
          timeZone: "UTC",
          ...(day === undefined ? {} : { day }),
        })
        for (let n = 0; n < 12; n++) {
          const at = new Date(JANUARY)
          at.setUTCMonth(n)
          const name = format.formatToParts(at).find(({ type }) => type === "month")?.value ?? ""
          const key = bare(name)
          if (/^\p{L}{2,}$/u.test(key) && !found.has(key)) found.set(key, n + 1)
        }
      }
  return found
}

/** Made for the first name that is not a usual one: they cost 60 ms and some megabytes. */
let known: ReadonlyMap<string, number> | null = null
let inFull: ReadonlySet<string> = new Set()

/** The month (1 to 12) that a word names in one of fifty languages, or null. */
export const monthOf = (word: string): number | null => {
  // Hebrew writes "in" as a letter before the name.
  const name = bare(word).replace(/^ב(?=\p{Script=Hebrew}{2})/u, "")
  const month = usual.get(name)
  if (month !== undefined) return month
  if (known === null) {
    known = tables()
    inFull = new Set([...known.keys()].filter((name) => name.length > 4))
  }
  const exact = known.get(name)
  if (exact !== undefined || name.length < 3) return exact ?? null
  for (const full of inFull) if (full.startsWith(name) && name.length >= 4) return known.get(full)!
  return null
}
