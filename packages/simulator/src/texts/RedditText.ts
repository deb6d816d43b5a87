import { hash, random } from "../Random.ts"
import type { Comment, Story } from "../world/Story.ts"
import type { TopicVoice } from "../world/Vocabulary.ts"
import { fill } from "./Grammar.ts"
import { aside, copied, postText, remark, spamText } from "./PostText.ts"
import { storyTitle } from "./ThreadText.ts"

/** Reddit cuts titles at 300 characters. */
const QUOTES = ["> it's all about the {n}", "> {n} & {m} don't mix", "> nobody ever got fired for the {m} <3"]
const LISTS = ["* {n}\n* {m}\n* price", "1. the {n}\n2. the {m}"]
const FLAIRS = ["Discussion", "News", "Question", "Release", "Meta"]

export const flairOf = (key: number): string | null => {
  const draw = hash(key, 0xf1a) % 9
  return FLAIRS[draw] ?? null
}

export const postTitle = (voice: TopicVoice, story: Story): string => {
  if (story.campaign !== null) return spamText(voice, story.campaign, story.key).text
  if (story.copyOf !== null) return copied({ text: postTitle(voice, story.copyOf), tags: [], link: null }, story.key).text
  if (story.form === "link") return storyTitle(voice, story.burst?.event ?? null, "link", story.key)
  return remark(voice, story.burst?.event ?? null, random(story.key, 0x71d1))
}

/** Markdown. `key` seeds the words: another after an edit. */
export const selfText = (voice: TopicVoice, story: Story, key: number): string => {
  const rng = random(key, 0x5e1f)
  const event = story.burst?.event ?? null
  const paragraphs = [[remark(voice, event, rng), aside(voice, event, rng)].join(" ").trim()]
  if (rng.chance(0.3)) paragraphs.push(fill(rng.pick(QUOTES), voice, rng))
  if (rng.chance(0.6)) paragraphs.push([remark(voice, null, rng), aside(voice, event, rng)].join(" ").trim())
  if (rng.chance(0.2)) paragraphs.push(fill(rng.pick(LISTS), voice, rng))
  if (rng.chance(0.2)) paragraphs.push(`See [the notes](https://${voice.topic.host}/notes/${rng.int(900) + 100}) for **numbers**.`)
  return paragraphs.join("\n\n")
}

export const commentText = (voice: TopicVoice, comment: Comment, key: number): string => {
  if (comment.campaign !== null) return spamText(voice, comment.campaign, comment.key).text
  const event = comment.burst?.event ?? null
  const { text } = postText({ voice, event, language: "en", reply: true, key })
  const rng = random(key, 0xc0a3)
  return rng.chance(0.15) ? `${fill(rng.pick(QUOTES), voice, rng)}\n\n${text}` : text
}
