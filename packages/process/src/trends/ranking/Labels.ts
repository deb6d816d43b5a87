import { canonical, withoutNeedlessSpaces } from "@signalflow/domain/query/Canonical"
import { decodeEntities } from "../../reading/Cleaning.ts"
import { plain } from "../../reading/Plain.ts"
import { type Word, wordsOf } from "../../reading/Words.ts"

const LIMIT = 100

/** A capital at the beginning of a sentence says less of how a word is written. */
const AT_START = 0.5

/** In Korean what is written onto a word, elsewhere a possessive or a case ending after an apostrophe. */
const withoutEnding = ({ text, form }: Word): string => {
  const stem = text.slice(0, form.canonical.length)
  if (/\p{Script=Hangul}$/u.test(text) && canonical(stem) === form.canonical) return stem
  const owner = /^(.+)['’](?:\p{L}*)$/u.exec(text)?.[1]
  return owner !== undefined && canonical(owner) === form.canonical ? owner : text
}

const withoutElision = (text: string, form: string): string => {
  const at = text.search(/['’]/)
  const rest = text.slice(at + 1)
  return at > 0 && rest !== "" && canonical(rest) === form ? rest : text
}

/** Where the words from `from` on that make up the topic end, or -1. */
const endIn = (list: ReadonlyArray<Word>, from: number, topic: string, kind: Word["kind"]): number => {
  let form = ""
  for (let i = from; i < list.length; i++) {
    const word = list[i]!
    if (word.kind !== kind || (i > from && word.isApart)) return -1
    form = i === from ? word.form.canonical : withoutNeedlessSpaces(`${form} ${word.form.canonical}`)
    if (form === topic) return i + 1
    if (!topic.startsWith(form)) return -1
  }
  return -1
}

/** Every place where words of a text are those of the topic, as written there. */
const formsIn = (topic: string, given: string): ReadonlyArray<readonly [form: string, weight: number]> => {
  const isTag = topic.startsWith("#")
  const wanted = isTag ? topic.slice(1) : topic
  const text = plain(decodeEntities(given))
  const { list } = wordsOf(text)
  const found: Array<readonly [form: string, weight: number]> = []
  const kind = isTag ? "hashtag" : "word"
  let cursor = 0
  const starts = list.map((word) => {
    const at = text.indexOf(word.text, cursor)
    cursor = at + word.text.length
    return at
  })
  for (let i = 0; i < list.length; i++) {
    const end = endIn(list, i, wanted, kind)
    if (end === -1) continue
    const first = list[i]!
    let form = isTag ? "#" : ""
    for (let j = i; j < end; j++) {
      const word = list[j]!
      let written = j === end - 1 ? withoutEnding(word) : word.text
      if (j === i) written = withoutElision(written, word.form.canonical)
      else {
        const between = text.slice(starts[j - 1]! + list[j - 1]!.text.length, starts[j])
        form += between === "" || between === "-" ? between : " "
      }
      form += written
    }
    found.push([form, first.startsSentence && first.form.case === "capitalised" ? AT_START : 1])
  }
  return found
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")

/** A topic that is not made of whole words, letter by letter. */
const literalIn = (topic: string, text: string): ReadonlyArray<readonly [form: string, weight: number]> => {
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_])${escaped(topic).replace(/\s+/g, "\\s+")}(?![\\p{L}\\p{N}_])`, "giu")
  return Array.from(text.matchAll(pattern), ([form]) => [form, 1] as const)
}

const mostFrequent = (forms: ReadonlyArray<readonly [form: string, weight: number]>): string | undefined => {
  const weights = new Map<string, number>()
  for (const [form, weight] of forms) weights.set(form, (weights.get(form) ?? 0) + weight)
  let best: string | undefined
  let most = 0
  for (const [form, weight] of weights) if (weight > most) [best, most] = [form, weight]
  return best
}

/**
 * How people write a topic: the most frequent of the forms, plural and inflected ones too, in which its words stand in these texts; a
 * ticker in capitals; the topic itself where nobody writes it.
 */
export const labelOf = (topic: string, texts: ReadonlyArray<string>): string => {
  if (topic.startsWith("$")) return topic.toUpperCase()
  const label =
    mostFrequent(texts.flatMap((text) => formsIn(topic, text))) ?? mostFrequent(texts.flatMap((text) => literalIn(topic, text))) ?? topic
  return label.replace(/\s+/g, " ").slice(0, LIMIT)
}
