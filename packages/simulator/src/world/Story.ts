import type { StoryForm } from "../texts/ThreadText.ts"
import type { Burst, Bursts } from "./Bursts.ts"
import type { Site } from "./Site.ts"
import type { TopicVoice } from "./Vocabulary.ts"

/** Where an entry lives: `n` counts the stories, or the comments, of its slice. */
export interface Address {
  readonly slice: number
  readonly n: number
}

/** Moderators kill (`dead`) and sometimes vouch again (`until`); authors delete for good. Unix microseconds. */
export interface Removal {
  readonly kind: "deleted" | "dead"
  readonly at: number
  readonly until: number | null
}

export interface Entry extends Address {
  readonly key: number
  /** Unix microseconds. */
  readonly time: number
  readonly author: number
  readonly topic: number
  readonly burst: Burst | null
  readonly removal: Removal | null
  readonly editedAt: number | null
  /** It pushes the text of this spam campaign. */
  readonly campaign: number | null
}

export interface Story extends Entry {
  readonly tag: "story"
  readonly form: StoryForm
  /** The score it ends at, and the seconds in which it gets most of it. */
  readonly final: number
  readonly rise: number
  readonly copyOf: Story | null
}

export interface Comment extends Entry {
  readonly tag: "comment"
  readonly story: Address
}

export interface ThreadPlan {
  readonly site: Site
  readonly seed: number
  readonly epoch: number
  readonly voices: ReadonlyArray<TopicVoice>
  readonly bursts: Bursts
  readonly rate: (slice: number) => number
  readonly cache: number
}
