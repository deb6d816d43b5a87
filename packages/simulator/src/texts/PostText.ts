import { hash, random, type Random } from "../Random.ts"
import type { TopicVoice } from "../world/Vocabulary.ts"
import type { Event } from "./Events.ts"
import { clipped, fill, sentences, SLOTS, type Stance } from "./Grammar.ts"
import { ASIDES, FOREIGN, REMARKS, REPLIES } from "./Sentences.ts"

/** Bluesky allows 300 graphemes. */
const POST_LIMIT = 300

export type Language = "en" | "de" | "es" | "ja"

export interface PostSubject {
  readonly voice: TopicVoice
  readonly event: Event | null
  readonly language: Language
  readonly reply: boolean
  /** Seeds the words. */
  readonly key: number
}

export interface PostText {
  readonly text: string
  readonly tags: ReadonlyArray<string>
  readonly link: string | null
}

export const stance = (voice: TopicVoice, event: Event | null, rng: Random): Stance => {
  const mood = event === null ? voice.mood : event.mood * 0.8
  const draw = rng.next() * 2 - 1 + mood
  return draw > 0.5 ? 1 : draw < -0.5 ? -1 : 0
}

export const remark = (voice: TopicVoice, event: Event | null, rng: Random): string => {
  if (event !== null) {
    const [opening, fact] = [rng.pick(event.openings), rng.pick(event.facts)].map((part) => fill(part, voice, rng))
    const moment = rng.chance(0.4) ? ` ${rng.pick(rng.chance(0.5) ? SLOTS["when"]! : SLOTS["place"]!)}` : ""
    return sentences(`${opening} ${fact}${moment}.`)
  }
  const mood = stance(voice, null, rng)
  const opening = rng.chance(0.3) ? `${rng.pick(SLOTS["open"]!)} ` : ""
  return sentences(opening + fill(rng.pick(REMARKS[mood]), voice, rng))
}

export const aside = (voice: TopicVoice, event: Event | null, rng: Random): string =>
  sentences(fill(rng.pick(event === null ? ASIDES[stance(voice, null, rng)] : event.reactions), voice, rng))

const body = ({ voice, event, language, reply }: PostSubject, rng: Random): string => {
  if (language !== "en") return fill(rng.pick(FOREIGN[language]), voice, rng)
  if (reply && event === null) return rng.chance(0.5) ? fill(rng.pick(REPLIES), voice, rng) : sentences(fill(rng.pick(REPLIES), voice, rng))
  const parts = [remark(voice, event, rng)]
  if (rng.chance(event === null ? 0.55 : 0.8)) parts.push(aside(voice, event, rng))
  if (event !== null && rng.chance(0.6))
    parts.push(rng.chance(0.5) ? remark(voice, null, rng) : sentences(`${fill(rng.pick(event.facts), voice, rng)}.`))
  return parts.filter((part) => part !== "").join(" ")
}

/** What one post says. A function of its subject alone. */
export const postText = (subject: PostSubject): PostText => {
  const rng = random(subject.key, 0x7e47)
  const { topic, field } = subject.voice
  const said = body(subject, rng)
  const tags = rng.chance(subject.reply ? 0.05 : 0.25) ? [topic.hashtag] : []
  if (tags.length > 0 && rng.chance(0.3)) tags.push(field.name.replaceAll(" ", ""))
  const link =
    !subject.reply && rng.chance(subject.event === null ? 0.15 : 0.25)
      ? `https://${topic.host}/${subject.event?.name ?? "posts"}/${rng.int(900) + 100}`
      : null
  const tail = [...tags.map((tag) => `#${tag}`), ...(link === null ? [] : [link.slice("https://".length)])].join(" ")
  const room = POST_LIMIT - (tail === "" ? 0 : tail.length + 1)
  return { text: tail === "" ? clipped(said, room) : `${clipped(said, room)} ${tail}`, tags, link }
}

const COPY_MARKS = ["👀", "🔁", "via", "RT", "this 👇", "!!", "so true", "worth repeating:"]

/** A copy as people and bots make them: a word changed, a mark, a hashtag or a link put on. */
export const copied = (original: PostText, key: number): PostText => {
  const rng = random(key, 0xc097)
  const words = original.text.split(" ")
  if (words.length > 6 && rng.chance(0.5))
    words.splice(rng.int(words.length), 1, rng.pick(["really", "totally", "today", "again", "apparently"]))
  const text = rng.chance(0.5) ? `${rng.pick(COPY_MARKS)} ${words.join(" ")}` : `${words.join(" ")} ${rng.pick(COPY_MARKS)}`
  return { text: clipped(text, POST_LIMIT), tags: original.tags, link: null }
}

const SPAM = [
  "Congratulations! {num} followers of {T} win a free {thing} today, claim yours before midnight at {link}",
  "I made {num} dollars in one week with the {T} method, message me or visit {link}",
  "{T} giveaway: like, follow and sign up at {link} to get {num} vouchers",
  "Stop scrolling! The secret {T} {thing} that banks hate is at {link}",
]

/** One campaign pushes one text through many accounts, each with small changes. */
export const spamText = (voice: TopicVoice, campaign: number, key: number): PostText => {
  const rng = random(campaign, 0x59a4)
  const link = `https://win-${hash(campaign, 7).toString(36)}.example/${rng.int(90) + 10}`
  const text = fill(rng.pick(SPAM).replace("{link}", link.slice("https://".length)), voice, rng)
  const own = random(key, 0x59a5)
  return { text: own.chance(0.6) ? `${text} ${own.pick(SLOTS["happy"]!)}${own.pick(SLOTS["happy"]!)}` : text, tags: [], link }
}
