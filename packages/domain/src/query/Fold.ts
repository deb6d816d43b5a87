/** Latin, Greek and Cyrillic diacritics, Hebrew points, Arabic vowel signs and the bar that stretches a word. Marks of other scripts are letters of theirs. */
const DIACRITICS = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]/g

/** What is not seen: joiners, directions, soft hyphens, variation selectors; and signs that only say whose a name is. */
const UNSEEN = /[\p{Cf}\ufe00-\ufe0f\u2122\u00ae\u00a9]/gu

const LETTERS: Readonly<Record<string, string>> = {
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  ħ: "h",
  ŧ: "t",
  æ: "ae",
  œ: "oe",
  þ: "th",
  ς: "σ",
  ی: "ي",
  ى: "ي",
  ک: "ك",
}

// oxlint-disable-next-line no-control-regex -- all of ASCII
const ASCII = /^[\u0000-\u007f]*$/

const once = (text: string): string =>
  text
    .replace(UNSEEN, "")
    .normalize("NFKD")
    .toUpperCase()
    .toLowerCase()
    .normalize("NFKD")
    .replace(DIACRITICS, "")
    .replace(/[øłđðħŧæœþςیىک]/g, (letter) => LETTERS[letter]!)
    .replace(/[\u2018\u2019\u201b\u02bc\u02b9\u00b4\uff07]/g, "'")
    .replace(/\s+/gu, " ")
    .trim()
    .normalize("NFC")

/** Text as it is compared everywhere: without case, diacritics, widths, styles, unseen characters and kinds of white space. */
export const fold = (text: string): string => {
  if (ASCII.test(text)) return text.toLowerCase().replace(/\s+/g, " ").trim()
  const folded = once(text)
  // What one round composes, another may take apart again; three rounds settle every text.
  return ASCII.test(folded) ? folded : once(once(folded))
}
