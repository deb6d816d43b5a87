import type { SignalView } from "@signalflow/domain/api/SignalView"

export interface Chip {
  readonly topic: string
  /** As the post writes it. */
  readonly label: string
}

/** Letters that an ending may add to the stem that a topic is known by. */
const ENDING = 3

interface Word {
  readonly text: string
  readonly key: string
}

const wordsOf = (text: string): ReadonlyArray<Word> =>
  Array.from(text.matchAll(/[#@$]?[\p{L}\p{N}][\p{L}\p{N}'’_-]*/gu), ([word]) => ({ text: word, key: word.toLowerCase() }))

const fits = (word: Word | undefined, stem: string): boolean =>
  word !== undefined &&
  (word.key === stem || (word.key.length <= stem.length + ENDING && word.key.startsWith(stem.slice(0, Math.max(3, stem.length - 1)))))

/** Written with capitals where a name has them, as a tag, or in a script without capitals. */
const isName = (label: string) => {
  const words = label.split(" ")
  return [words[0], words.at(-1)].every((word = "") => /^[#$@]|\p{Lu}/u.test(word) || !/\p{Ll}/u.test(word))
}

/** The names in a post, as it writes them. A plain word is no name: it is left out. */
export const chipsOf = ({ title, body, topics }: Pick<SignalView, "title" | "body" | "topics">): ReadonlyArray<Chip> => {
  const words = wordsOf(`${title} ${body}`)
  const chips = topics.flatMap((topic) => {
    const stems = topic.split(/\s+/)
    const at = words.findIndex((_, i) => stems.every((stem, k) => fits(words[i + k], stem)))
    const label =
      at === -1
        ? topic
        : words
            .slice(at, at + stems.length)
            .map(({ text }) => text)
            .join(" ")
    return isName(label) ? [{ topic, label }] : []
  })
  const isPart = ({ topic }: Chip) => chips.some((longer) => longer.topic !== topic && ` ${longer.topic} `.includes(` ${topic} `))
  return chips.filter((chip) => !isPart(chip))
}
