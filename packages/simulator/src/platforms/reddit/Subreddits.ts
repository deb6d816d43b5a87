import type { Subreddit } from "../../world/Feeds.ts"
import type { Story } from "../../world/Story.ts"
import { hash } from "../../Random.ts"
import { TOPICS, type FieldName } from "../../world/Topics.ts"

const HOMES: Record<FieldName, readonly [name: string, title: string, subscribers: number]> = {
  data: ["QueryPlanners", "Databases, and what keeps them up", 412_000],
  ai: ["ModelWatchers", "Models, evals and other surprises", 1_930_000],
  chips: ["SiliconStreet", "Chips, fabs and heat sinks", 866_000],
  space: ["LaunchLedger", "Everything that leaves the ground", 2_240_000],
  security: ["PatchTonight", "Advisories, audits and aftermaths", 538_000],
  phones: ["gadgets", "Phones and other gadgets", 1_420_000],
  cars: ["RangeAndRoads", "Cars, trams and charging", 744_000],
  games: ["SidequestInn", "Games worth finishing", 3_870_000],
  football: ["TerraceTalk", "Match day, every day", 4_650_000],
  culture: ["EncorePlease", "Film, music and everything on stage", 2_710_000],
  climate: ["GridAndWeather", "Energy, storms and what to do", 391_000],
  health: ["science", "Health, soberly", 655_000],
  money: ["business", "Business and work", 1_180_000],
  city: ["worldnews", "City life", 302_000],
  code: ["programming", "Programming", 2_980_000],
}
const TECHNOLOGY = ["technology", "Technology, all of it", 6_120_000] as const
const EVERYTHING = ["news", "What people talk about today", 8_340_000] as const
const PRIVATE = ["StaffCanteen", "Members only", 214] as const
const BANNED = ["BannedBarn", "Closed", 0] as const

const about = (n: number, [name, title, subscribers]: readonly [string, string, number], type: Subreddit["type"]): Subreddit => ({
  name,
  id: (parseInt("9sim00", 36) + n).toString(36),
  title,
  about: `${title}. Be kind, stay on topic & cite your sources.`,
  subscribers,
  type,
  created: 1_300_000_000 + n * 9_876_543,
})

/** One community for each field, two for everything, a private and a banned one. Some have names that readers usually follow, the others are invented. */
export const SUBREDDITS: ReadonlyArray<Subreddit> = [
  ...[...Object.values(HOMES), TECHNOLOGY, EVERYTHING].map((each, n) => about(n, each, "public")),
  about(30, PRIVATE, "private"),
  about(31, BANNED, "banned"),
]

const named = new Map(SUBREDDITS.map((each) => [each.name.toLowerCase(), each]))
/** As on the site, capitals do not matter. */
export const subredditNamed = (name: string): Subreddit | null => named.get(name.toLowerCase()) ?? null

export const homeOf = (topic: number): Subreddit => subredditNamed(HOMES[TOPICS[topic]!.field][0])!

/** Three quarters go to the field's own community, the others to a general one. */
export const subredditOf = (story: Pick<Story, "key" | "topic">): Subreddit => {
  if (hash(story.key, 0x5b) % 4 !== 0) return homeOf(story.topic)
  return subredditNamed(TOPICS[story.topic]!.technical >= 1.5 ? TECHNOLOGY[0] : EVERYTHING[0])!
}
