import { random } from "../Random.ts"
import type { TopicVoice } from "../world/Vocabulary.ts"
import { AFTERMATH, type Event } from "./Events.ts"
import { capitalised, clipped, fill } from "./Grammar.ts"
import { aside, remark } from "./PostText.ts"

const TITLES = [
  "{T}: a closer look at the {n}",
  "How {T} handles {n}",
  "The {n} behind {T}",
  "What I learned from {num} days of {doing} {T}",
  "{T} and the end of {n}",
  "Why {T} {change} its {n}",
  "{N} in {T}, explained",
  "A short history of {T}",
  "{T} versus the rest: {n}, {m} and cost",
  "The hidden cost of {n} in {T}",
  "Notes on {T} and {m}",
  "We moved {num} services off {T}",
  "{T} {num}.0 released",
  "An honest review of {T}",
  "{N} is the wrong metric for {T}",
  "{T} postmortem: when {n} meets {m}",
]
const ASK = [
  "Ask HN: What do you use instead of {T}?",
  "Ask HN: Is anyone {doing} {T} in production?",
  "Ask HN: How do you deal with {n} in {T}?",
  "Ask HN: Has {T} fixed the {m} yet?",
]
const SHOW = [
  "Show HN: A {thing} for {T}",
  "Show HN: I built a viewer for {n} in {T}",
  "Show HN: {T} {n} in {num} lines",
  "Show HN: Watch the {m} of {T} live",
]
const JOBS = ["{T} is hiring an engineer for {n}", "{T} (remote) is hiring to fix its {m}"]

export type StoryForm = "link" | "ask" | "show" | "job"

/** Hacker News cuts titles at 80 characters. */
export const storyTitle = (voice: TopicVoice, event: Event | null, form: StoryForm, key: number): string => {
  const rng = random(key, 0x7171)
  const ordinary = form === "ask" ? ASK : form === "show" ? SHOW : form === "job" ? JOBS : TITLES
  const from = event === null ? ordinary : rng.chance(0.35) ? event.titles : AFTERMATH
  return clipped(capitalised(fill(rng.pick(from).replace("{event}", event?.name ?? ""), voice, rng)), 80)
}

export const storyUrl = (voice: TopicVoice, event: Event | null, key: number): string => {
  const rng = random(key, 0x0421)
  const host = rng.pick([voice.topic.host, `blog.${voice.topic.host}`, "news.example", "the-daily-ledger.example", "longreads.example"])
  return `https://${host}/${event?.name ?? rng.pick(["blog", "posts", "2026", "notes"])}/${voice.topic.hashtag.toLowerCase()}-${key.toString(36)}`
}

/** As the Firebase API sends text: `&`, `<`, `>`, quotes and slashes as entities. */
export const escapeHtml = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#x27;")
    .replaceAll("/", "&#x2F;")

const QUOTES = ["it's all about the {n}", "you can't fix {n} with {m}", "nobody ever got fired for the {m}", "{n} & {m} don't mix"]
const TURNS = [
  "I've been {doing} {T} for {num} months.",
  "I don't think that's right.",
  "Disclaimer: I used to work on the {m}.",
  "Anecdotally, {who} had the opposite experience.",
  "Isn't this what the {n} was supposed to solve?",
  "The article buries the interesting part, which is {n}.",
  "We measured {num} ms before and {num} ms after.",
  "I'd pay for {T} if the {m} were better.",
]

const CODING = new Set(["data", "code", "ai"])

/** A comment as HTML: paragraphs, now and then a quote, italics, code or a link. */
export const commentHtml = (voice: TopicVoice, event: Event | null, key: number): string => {
  const rng = random(key, 0xc033)
  const paragraphs: Array<string> = []
  if (rng.chance(0.2)) paragraphs.push(escapeHtml(`> ${fill(rng.pick(QUOTES), voice, rng)}`))
  const said = [remark(voice, event, rng)]
  if (rng.chance(0.7)) said.unshift(fill(rng.pick(TURNS), voice, rng))
  if (rng.chance(0.6)) said.push(aside(voice, event, rng))
  paragraphs.push(
    escapeHtml(
      said
        .filter((part) => part !== "")
        .map(capitalised)
        .join(" "),
    ),
  )
  if (rng.chance(0.35)) paragraphs.push(escapeHtml([fill(rng.pick(TURNS), voice, rng), aside(voice, event, rng)].join(" ").trim()))
  if (rng.chance(0.08)) paragraphs.push(`<i>${escapeHtml(fill("{N} and {m}, in that order.", voice, rng))}</i>`)
  if (CODING.has(voice.topic.field) && rng.chance(0.15))
    paragraphs.push(`<pre><code>    SELECT count(*) FROM ${voice.topic.hashtag.toLowerCase()} WHERE ok &lt;&gt; 1;\n</code></pre>`)
  if (rng.chance(0.1)) {
    const url = escapeHtml(storyUrl(voice, null, key))
    paragraphs.push(`See <a href="${url}" rel="nofollow">${url}</a>`)
  }
  return paragraphs.join("<p>")
}
