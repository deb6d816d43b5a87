import type { Word } from "./Words.ts"

/** What "new" is a part of in names, in whatever case and place these are written. */
const afterNew: ReadonlySet<string> = new Set(
  `york yorker yorkers zealand zealander zealanders delhi jersey jerseys orleans mexico mexican england englander englanders hampshire guinea
   caledonia brunswick haven castle amsterdam scientist statesman republic yorkshire bedford rochelle britain brighton glasgow taipei
   territories balance relic horizons glarus plymouth providence westminster providenciales ireland forest`.split(/\s+/),
)

/** Names that begin with a word that is frequent by itself. */
const names: ReadonlySet<string> = new Set(
  `great britain,great lakes,great wall,great barrier,great gatsby,good morning,good friday,good omens,first republic,first nations,first solar,
   last of,one direction,one piece,all blacks,all saints,under armour,right sector,best buy`.split(/,\s*/),
)

/** Function words that names may begin with. */
const openers: ReadonlySet<string> = new Set(
  "new great good first last next one two all no still under over off made right people best".split(" "),
)

/** Also function words, in lower case. */
const acronyms: ReadonlySet<string> = new Set(["us", "who"])

/** Whether a word is the "new" of a name, such as New York. */
export const isNewOf = (word: Word | undefined, next: Word | undefined): boolean =>
  word !== undefined &&
  next !== undefined &&
  word.form.lower === "new" &&
  word.kind === "word" &&
  next.kind === "word" &&
  !next.isApart &&
  afterNew.has(next.form.lower.replace(/'s?$/, ""))

/** Whether a function word in capitals belongs to the name that follows: New York, Good Morning America, US Senate. */
export const opensName = (word: Word, next: Word | undefined): boolean => {
  if (next === undefined || word.form.case === "lower") return false
  if (isNewOf(word, next) || names.has(`${word.form.lower} ${next.form.lower}`)) return true
  if (word.form.case === "upper" && acronyms.has(word.form.lower)) return true
  return !word.startsSentence && openers.has(word.form.lower)
}
