/** What texts are made of that cost more than their length: openings without an end, and ends without a beginning. */
const PIECES = [
  "a",
  "A",
  " ",
  "\n",
  " \n",
  "\t",
  "0",
  "é",
  "한",
  "日",
  "א",
  "😍",
  "\ufffd",
  "\u0000",
  "\u00a0",
  "\u0301",
  "\u200d",
  "&",
  "&#",
  "&amp",
  "&amp;",
  "&amp;amp;",
  "<",
  ">",
  "<a ",
  '<a href="',
  '<a href="x">',
  "</a>",
  'href=""',
  '<a href="" ',
  "<b>",
  "</b>",
  "<b></b>",
  "<!--",
  "-->",
  "<!DOCTYPE",
  "<!DOCTYPE [",
  "<![CDATA[",
  "]]>",
  "<script>",
  "</script>",
  "<style></style>",
  "<p ",
  "<pre>",
  "<td>",
  "<?",
  "<?xml ",
  "<x y='",
  "=",
  '"',
  "'",
  "(",
  ")",
  "()",
  "[",
  "]",
  "[a](",
  "](",
  "http://",
  "http://a.b/",
  "@",
  "@a",
  "#",
  "#a",
  "*",
  "**a",
  "_",
  "__",
  "~",
  "`",
  "```",
  "-",
  "--",
  ".",
  "...",
  "…",
  ",",
  "a.",
  "a-",
  "a'",
  "a.b",
  "!",
  "?",
  "!?",
  "A.",
  "AB ",
  "Aa ",
  "but ",
  "not ",
  "a b ",
  "/",
  "//",
  "\\",
  "{",
  "{}",
  "1 ",
  "1:",
  "1/",
  ":)",
  ":",
] as const

/** Texts of about one length: each piece alone, and with something that spoils it before or behind. */
const texts = (length: number): ReadonlyArray<readonly [string, string]> =>
  PIECES.flatMap((piece) => {
    const long = piece.repeat(Math.ceil(length / piece.length))
    return [
      [piece, long],
      [`${piece} x`, `${long}x`],
      [`<a ${piece}>`, `<a ${long}>`],
    ] as const
  })

const timeOf = (work: () => unknown): number => {
  const began = performance.now()
  work()
  return performance.now() - began
}

/** Below this, in milliseconds, a time says nothing. */
const NOISE = 60

/** Times of one length and of twice that, where the second is more than its share: four times and more where time is quadratic. Best of several. */
const disproportion = (once: () => unknown, twice: () => unknown): string | null => {
  let long = timeOf(twice)
  if (long < NOISE) return null
  let short = timeOf(once)
  for (let n = 0; n < 6 && long > 3 * short; n++) {
    long = Math.min(long, timeOf(twice))
    short = Math.min(short, timeOf(once))
  }
  return long > 3 * short && long > NOISE ? `${Math.round(short)} ms, doubled ${Math.round(long)} ms` : null
}

/** The texts on which a function takes more than its share when the text is doubled. */
export const superLinear = (read: (text: string) => unknown, length: number): ReadonlyArray<string> => {
  read("warm up")
  const doubled = texts(2 * length)
  return texts(length).flatMap(([name, text], i) => {
    const times = disproportion(
      () => read(text),
      () => read(doubled[i]![1]),
    )
    return times === null ? [] : [`${JSON.stringify(name)}: ${times}`]
  })
}

/** The same of what is counted, not of a length. */
export const superLinearIn = (read: (n: number) => unknown, n: number): ReadonlyArray<string> => {
  read(10)
  const times = disproportion(
    () => read(n),
    () => read(2 * n),
  )
  return times === null ? [] : [times]
}
