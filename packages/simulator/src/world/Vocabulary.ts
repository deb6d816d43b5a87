import { cumulate, random, type Random } from "../Random.ts"
import { fieldOf, TOPICS, type Field, type Topic } from "./Topics.ts"

export interface TopicVoice {
  readonly topic: Topic
  readonly field: Field
  /** The field's nouns in this topic's own order: rank 1 is said most. */
  readonly nouns: ReadonlyArray<string>
  /** −1 (people are angry with it) to 1 (people love it). */
  readonly mood: number
  /** Hour of the world's day (0–24) at which this topic is loudest. */
  readonly peak: number
}

const ZIPF = cumulate(Array.from({ length: 20 }, (_, rank) => 1 / (rank + 1)))

export const shuffled = <A>(items: ReadonlyArray<A>, rng: Random): ReadonlyArray<A> => {
  const result = [...items]
  for (let i = result.length - 1; i > 0; i--) {
    const j = rng.int(i + 1)
    ;[result[i], result[j]] = [result[j]!, result[i]!]
  }
  return result
}

/** How each topic is spoken of in the world of `seed`. */
export const voices = (seed: number): ReadonlyArray<TopicVoice> =>
  TOPICS.map((topic) => {
    const rng = random(seed, 0x701c, topic.index)
    const field = fieldOf(topic.field)
    return { topic, field, nouns: shuffled(field.nouns, rng), mood: rng.next() * 1.2 - 0.5, peak: rng.next() * 24 }
  })

export const noun = (voice: TopicVoice, rng: Random): string => voice.nouns[rng.weighted(ZIPF) % voice.nouns.length]!

/** Two different nouns. */
export const nounPair = (voice: TopicVoice, rng: Random): readonly [string, string] => {
  const first = noun(voice, rng)
  const second = noun(voice, rng)
  return [first, second === first ? voice.nouns[(voice.nouns.indexOf(first) + 1) % voice.nouns.length]! : second]
}
