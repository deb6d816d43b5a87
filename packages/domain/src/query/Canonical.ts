import { fold } from "./Fold.ts"

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

/** Most words in -as are names (Texas, Hamas) and in -us and -is singular (virus, crisis); these are plurals. */
const plurals: ReadonlySet<string> = new Set(
  "gpus cpus tpus npus apus menus gurus emus tofus bayous taxis bikinis safaris kiwis skis wifis apis emojis selfis alibis ideas areas cameras dramas agendas extras pizzas visas sodas sofas formulas schemas operas umbrellas quotas sagas divas".split(
    " ",
  ),
)

const withoutPlural = (word: string): string => {
  const length = word.length
  if (length < 4 || !word.endsWith("s") || singular.has(word)) return word
  if (plurals.has(word)) return word.slice(0, -1)
  if (/(?:ss|us|is|'s|\.s|\.js)$/.test(word) || !/^[a-z'-]+$/.test(word)) return word
  if (word.endsWith("as")) return word
  if (word.endsWith("ies")) return length > 4 ? `${word.slice(0, -3)}y` : word.slice(0, -1)
  if (/(?:sses|shes|ches|xes|zzes)$/.test(word)) return word.slice(0, -2)
  return word.slice(0, -1)
}

/** French, Italian and Catalan write the article onto a word that begins with a vowel: l'été, dell'arte. */
const ELISION =
  /^(?:[cdjlmnst]|qu|lorsqu|puisqu|jusqu|quelqu|dell|nell|sull|dall|coll|all|quell|quest|bell|sant|un|gl|agl|degl|negl|sugl)'(?=[aeiouyh][\p{L}\p{N}])/u

/** Letters of Cyrillic and Greek that look like Latin ones. */
const LOOK_ALIKE: Readonly<Record<string, string>> = Object.fromEntries(
  [..."авекмнорстухіјѕԁһԛԝүαβεζηικμνορτυχ"].map((letter, i) => [letter, "abekmhopctyxijsdhqwyabezhikmnoptyx"[i]!]),
)
const CYRILLIC_OR_GREEK = /[\u0370-\u03ff\u0400-\u052f]/g
const SHORTEST_MIXED = 4

/** A word of Latin letters in which others are hidden; not `μs`. */
const latinised = (word: string): string =>
  word.length >= SHORTEST_MIXED && /[a-z]/.test(word) ? word.replace(CYRILLIC_OR_GREEK, (letter) => LOOK_ALIKE[letter] ?? letter) : word

/** Korean writes particles onto the word; which of two forms tells whether the word ends in a consonant. */
const PARTICLE = /^(.{2,}?)(에서는|에게는|에서도|까지는|에서|에게|에는|에도|까지|부터|으로|은|이|을|과|는|가|를|와|의|에)$/u
const AFTER_CONSONANT: ReadonlySet<string> = new Set(["은", "이", "을", "과", "으로"])
const AFTER_VOWEL: ReadonlySet<string> = new Set(["는", "가", "를", "와"])

const withoutParticle = (word: string): string => {
  const last = word.charCodeAt(word.length - 1)
  if (last < 0xac00 || last > 0xd7a3) return word
  const found = PARTICLE.exec(word)
  if (found === null) return word
  const [, stem, particle] = found
  const before = stem!.charCodeAt(stem!.length - 1)
  if (before < 0xac00 || before > 0xd7a3) return stem!
  const endsInConsonant = (before - 0xac00) % 28 !== 0
  if (endsInConsonant ? AFTER_VOWEL.has(particle!) : AFTER_CONSONANT.has(particle!)) return word
  return stem!
}

/** Turkish writes an apostrophe between a name and its case ending, which follows the vowel or consonant before it. */
const CASE_ENDING =
  /^(.{3,}?)'(?:(?<=[aeiou]')(?:[yn][aeiu]|n[iu]n|y?l[ae]|nd[ae]n?|ylesin?)|(?<=[^aeiou]')(?:[aiu]|[iu]n|l[ae])|[dt][ae](?:n|ki)?|l[iu]|l[iu]k|s[iu]z|l[ae]r(?:[iu]|[iu]n|d[ae]n?|[ae])?)$/

/** Words that only look as if they had a case ending. */
const withoutCase: ReadonlySet<string> = new Set(["chang'an", "jum'a", "bid'a", "shari'a", "rock'n", "qur'an"])

const withoutCaseEnding = (word: string): string =>
  !word.includes("'") || withoutCase.has(word) ? word : (CASE_ENDING.exec(word)?.[1] ?? word)

/** Thai marks of an abbreviation and of a word said twice. */
const THAI_MARKS = /(?<=.)[ฯๆ]+$/

/** Scripts that write no space between words. */
export const UNSPACED =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}ー"
const SPACE_BESIDE_UNSPACED = new RegExp(` (?:(?<=[${UNSPACED}] )|(?=[${UNSPACED}]))`, "gu")

/** Whether a text may hold such a script: most hold none, and to ask is cheap. */
export const mayBeUnspaced = (text: string): boolean =>
  /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\u2e80-\u3134\u3190-\u9fff\ua9e0-\uaa7f\uf900-\ufaff\uff66-\uff9f\ud800-\ud83b\ud83f-\ud8ff]/.test(
    text,
  )

/** Whether somebody wrote a space beside such a script says nothing. */
export const withoutNeedlessSpaces = (text: string): string => (mayBeUnspaced(text) ? text.replace(SPACE_BESIDE_UNSPACED, "") : text)

/** A hyphen between letters: `spider-man` is `spider man`. */
export const HYPHEN_IN_WORD = /[-\u2010-\u2015](?='?\p{L})(?<=[\p{L}\p{M}].)/gu

const MOST_ENDINGS = 8

/** One form of a word for what is one topic: `Chips`, `chip’s` and `CHIP` are `chip`, `L’Été` is `ete`. Its own canonical form. */
export const canonical = (word: string): string => {
  if (/^[a-z]+$/.test(word)) return withoutPlural(word)
  const folded = fold(word)
  let form = latinised(folded)
  if (form !== folded) form = fold(form)
  for (let i = 0; i < MOST_ENDINGS; i++) {
    const shorter = withoutPlural(
      withoutParticle(
        withoutCaseEnding(form)
          .replace(/^'+/, "")
          .replace(/(?<=.)'s?$/, "")
          .replace(ELISION, "")
          .replace(THAI_MARKS, "")
          .trim(),
      ),
    )
    if (shorter === form) break
    form = shorter
  }
  return form
}

const formOnce = (topic: string): string => {
  const text = fold(topic)
    .replace(/["\u201c-\u201f\u00ab\u00bb]/g, "")
    .trim()
  if (text.startsWith("#") && text.length > 1) return `#${canonical(text.slice(1).trimStart())}`
  if (text.startsWith("$")) return text
  const words = text
    .replace(HYPHEN_IN_WORD, " ")
    .split(" ")
    .map((word) => canonical(word.replace(/^'+|[.,;:!?]+$/g, "")))
    .filter((word) => word !== "")
  return withoutNeedlessSpaces(words.join(" "))
}

const LONGEST_TOPIC = 400

/** A topic as signals are stored under and counted by, for what a person writes: `#Cafés`, `New  York Times`, `spider-man`. */
export const topicForm = (topic: string): string => {
  let form = formOnce(topic.slice(0, LONGEST_TOPIC))
  // What stood under an ending may be one itself.
  for (let i = 0; i < MOST_ENDINGS; i++) {
    const next = formOnce(form)
    if (next === form) break
    form = next
  }
  return form
}
