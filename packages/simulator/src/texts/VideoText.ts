import { random } from "../Random.ts"
import type { Comment, Story } from "../world/Story.ts"
import type { TopicVoice } from "../world/Vocabulary.ts"
import { capitalised, clipped, fill } from "./Grammar.ts"
import { aside, copied, postText, remark, spamText } from "./PostText.ts"
import { storyTitle, storyUrl } from "./ThreadText.ts"

const TITLES = [
  "{T}: {n} tested for {num} days",
  "I tried the {n} of {T} so you don't have to",
  "The truth about {T} and {m}",
  "{T} {n} | full review",
  "Why {T} {change} the {n}",
  "{num} things nobody tells you about {T}",
  "{T} explained in {num} minutes",
  "{doing} {T} {place}",
]

/** YouTube allows 100 characters. */
export const videoTitle = (voice: TopicVoice, story: Story, key: number): string => {
  if (story.campaign !== null) return clipped(spamText(voice, story.campaign, story.key).text, 100)
  if (story.copyOf !== null)
    return clipped(copied({ text: videoTitle(voice, story.copyOf, story.copyOf.key), tags: [], link: null }, story.key).text, 100)
  if (story.burst !== null) return storyTitle(voice, story.burst.event, "link", key)
  const rng = random(key, 0x71de)
  return clipped(capitalised(fill(rng.pick(TITLES), voice, rng)), 100)
}

export const videoDescription = (voice: TopicVoice, story: Story, key: number): string => {
  const rng = random(key, 0xde5c)
  const event = story.burst?.event ?? null
  const about = [remark(voice, event, rng), aside(voice, event, rng)].join(" ").trim()
  return `${about}\n\nSources: ${storyUrl(voice, event, story.key)}\n\n0:00 Intro\n1:${10 + rng.int(49)} ${capitalised(voice.nouns[0]!)}\n#${voice.topic.hashtag}`
}

export const videoTags = (voice: TopicVoice): ReadonlyArray<string> => [voice.topic.name, voice.field.name, ...voice.nouns.slice(0, 3)]

export const videoComment = (voice: TopicVoice, comment: Comment, key: number): string =>
  comment.campaign === null
    ? postText({ voice, event: comment.burst?.event ?? null, language: "en", reply: true, key }).text
    : spamText(voice, comment.campaign, comment.key).text
