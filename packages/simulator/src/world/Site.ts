import type { PlatformName } from "./Bursts.ts"
import type { Random } from "../Random.ts"
import type { StoryForm } from "../texts/ThreadText.ts"

/** How much is said on one site, and by how many. */
export interface Site {
  readonly platform: PlatformName
  /** Talk leans to technical topics. */
  readonly technical: boolean
  readonly authors: number
  /** Ordinary ones in a slice. */
  readonly stories: number
  readonly comments: number
  /** The share of a burst's authors who submit; the others talk. */
  readonly submissions: number
  readonly form: (rng: Random) => StoryForm
  /** Near-copies in a slice, posts of a running spam campaign in a slice, and the share of comments that are spam. */
  readonly copies: number
  readonly spam: number
  readonly spamComments: number
  /** Nobody can comment on it. */
  readonly silent: (key: number) => boolean
}

const form = (rng: Random): StoryForm => {
  const draw = rng.next()
  return draw < 0.82 ? "link" : draw < 0.9 ? "ask" : draw < 0.985 ? "show" : "job"
}

export const HACKER_NEWS: Site = {
  platform: "hackernews",
  technical: true,
  authors: 2500,
  stories: 9,
  comments: 24,
  submissions: 0.08,
  form,
  copies: 0,
  spam: 0,
  spamComments: 0,
  silent: () => false,
}
