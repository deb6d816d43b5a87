/** Latin, Greek and Cyrillic diacritics, Hebrew points, Arabic vowel signs and the bar that stretches a word. Marks of other scripts are letters of theirs. */
const DIACRITICS = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]/g

/** Malayalam letters without a vowel, as they were written before each had a code point of its own. */
const CHILLU = /[\u0d23\u0d28\u0d30\u0d32\u0d33\u0d15]\u0d4d\u200d/g
const chillus: Readonly<Record<string, string>> = { ണ: "ൺ", ന: "ൻ", ര: "ർ", ല: "ൽ", ള: "ൾ", ക: "ൿ" }

/** Text with the Malayalam letters that have two spellings in one of them; needs the joiners that are not seen. */
export const withChillus = (text: string): string => text.replace(CHILLU, (letter) => chillus[letter[0]!]!)

/** White on black, in circles and squares: A to Z. The same with a variation selector is an emoji. */
const NEGATIVE = /[\u{1f150}-\u{1f169}\u{1f170}-\u{1f189}](?!\ufe0f)/gu

const SMALL_CAPITALS = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ"
const capitals: ReadonlyMap<string, string> = new Map(Array.from(SMALL_CAPITALS, (letter, i) => [letter, String.fromCharCode(0x61 + i)]))
/** Some of them are letters of the phonetic alphabet: two side by side are a style. */
const SMALL = /[ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ]{2,}/g

const negative = (character: string): string => {
  const point = character.codePointAt(0)!
  return String.fromCharCode(0x41 + point - (point >= 0x1f170 ? 0x1f170 : 0x1f150))
}

/** Text in plain letters where they are styled in ways that Unicode does not take for one letter. */
export const unstyled = (text: string): string =>
  text.replace(NEGATIVE, negative).replace(SMALL, (letters) => Array.from(letters, (letter) => capitals.get(letter)!).join(""))

/** The zero of each script's digits. */
const ZEROS = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0,
  0x1810,
]
const digits: ReadonlyMap<string, string> = new Map(
  ZEROS.flatMap((zero) => Array.from({ length: 10 }, (_, i) => [String.fromCharCode(zero + i), String(i)] as const)),
)
const DIGIT = new RegExp(`[${[...digits.keys()].join("")}]`, "g")

/** What people write for an apostrophe inside a word; a back-tick or an acute accent there is one, too. */
const APOSTROPHE = /[\u2018\u2019\u201b\u2032\u02b9\u02bb-\u02bf\u05f3\ua78c\uff07]/g
const TICK = /[`\u00b4](?=\p{L})(?<=[\p{L}\p{M}].)/gu
/** Hebrew writes abbreviations with two strokes before the last letter. */
const GERSHAYIM = /(?:["\u05f4\u201c-\u201f]|'')(?=[\u05d0-\u05ea])(?<=[\u05d0-\u05ea].{1,2})/g
const HYPHEN = /[\u2010\u2011\u05be\ufe63\uff0d]/g

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

/** Where styled letters, old spellings and ticks may be; most texts have none, and to ask is cheap. */
const STYLED = /[`\u00b4\u0262-\u029f\u0d4d\u1d00-\u1d22\ua730\ua731\ua7af]|\ud83c/
const HEBREW_TO_MONGOLIAN = /[\u0580-\u05ff\u0660-\u1819]/

const plainly = (text: string): string =>
  STYLED.test(text) ? unstyled(withChillus(text)).replace(UNSEEN, "").replace(TICK, "'") : text.replace(UNSEEN, "")

const evenly = (text: string): string =>
  HEBREW_TO_MONGOLIAN.test(text)
    ? text
        .replaceAll("եվ", "եւ")
        .replace(DIGIT, (digit) => digits.get(digit)!)
        .replace(GERSHAYIM, "")
    : text

const once = (text: string): string => {
  const letters = plainly(text)
    .normalize("NFKD")
    .toUpperCase()
    .toLowerCase()
    .normalize("NFKD")
    .replace(DIACRITICS, "")
    .replace(/[øłđðħŧæœþςیىک]/g, (letter) => LETTERS[letter]!)
    .replace(APOSTROPHE, "'")
    .replace(HYPHEN, "-")
    .replace(/\s+/gu, " ")
    .trim()
  return evenly(letters).normalize("NFC")
}

const ofAscii = (text: string): string => (text.includes("`") ? text.replace(TICK, "'") : text).toLowerCase().replace(/\s+/g, " ").trim()

/** Text as it is compared everywhere: without case, diacritics, widths, styles, unseen characters, kinds of white space, digits and apostrophes. */
export const fold = (text: string): string => {
  if (ASCII.test(text)) return ofAscii(text)
  const folded = once(text)
  if (ASCII.test(folded)) return ofAscii(folded)
  // What one round composes, another may take apart again; three rounds settle every text.
  const again = once(folded)
  return again === folded ? folded : once(again)
}
