/** Words that end in s without being a plural. */
const singular: ReadonlySet<string> = new Set(
  `news series species always perhaps kubernetes redis texas james paris los las arkansas netherlands mars jesus christmas lens bias gas
   atlas canvas chaos ethos physics politics economics mathematics athletics olympics linguistics analytics ethics graphics electronics
   robotics genetics dynamics mechanics optics logistics wales hamas moses charles williams harris adams davis jones hughes holmes sims
   windows pandas keras jenkins emacs devops sas saas paas iaas ios macos dos css aws dns gps cms sms os js gs bs ps us is as was has
   this his its thus plus minus bus virus campus census bonus focus status corpus cactus lotus nexus venus linus asus airbus prius
   forbes reuters sanders ross swiss pros cons reddits sports thanks congratulations congrats whereas besides towards afterwards
   athens brussels philippines maldives bahamas dallas carlos marcos laos kudos pathos cosmos legos orleans angeles hermes hercules socrates aristoteles yes alas`.split(
    /\s+/,
  ),
)

/** Most words in -as are names (Texas, Hamas); these are plurals. */
const pluralsInAs: ReadonlySet<string> = new Set(
  "ideas areas cameras dramas agendas extras pizzas visas sodas sofas formulas schemas operas umbrellas quotas sagas divas".split(" "),
)

const withoutPlural = (word: string): string => {
  const length = word.length
  if (length < 4 || !word.endsWith("s") || singular.has(word)) return word
  if (/(?:ss|us|is|'s|\.s|\.js)$/.test(word) || !/^[a-z\u00df-\u024f'-]+$/.test(word)) return word
  if (word.endsWith("as") && !pluralsInAs.has(word)) return word
  if (word.endsWith("ies")) return length > 4 ? `${word.slice(0, -3)}y` : word.slice(0, -1)
  if (/(?:sses|shes|ches|xes|zzes)$/.test(word)) return word.slice(0, -2)
  return word.slice(0, -1)
}

/** One form for what is one topic: `Chips`, `chip’s` and `CHIP` are `chip`. Expects lower case. */
export const canonical = (lower: string): string => {
  const composed = /^[a-z]+$/.test(lower) ? lower : lower.normalize("NFKC").toLowerCase().replace(/'s?$/, "")
  return withoutPlural(composed)
}
