import type { EnrichedSignal } from "./EnrichedSignal.ts"

/** A signal as it is stored. `countedAt` is `publishedAt`, but never later than `receivedAt`: windows count by it. Unix milliseconds. */
export interface StoredSignal<Signal = EnrichedSignal> {
  readonly signal: Signal
  readonly receivedAt: number
  readonly countedAt: number
  readonly hidden: boolean
}

/** What an observation of a stored signal is compared with: the row without its content, which the observation brings again. */
export type KnownSignal = StoredSignal<
  Omit<
    EnrichedSignal,
    "kind" | "parentId" | "community" | "title" | "body" | "url" | "permalink" | "upvoteRatio" | "reposts" | "views" | "flair" | "meta"
  >
>
