import type { EnrichedSignal } from "@signalflow/domain/signals/EnrichedSignal"
import type { ScoreReferences } from "../scoring/Scores.ts"
import type { Author, Changes } from "../store/SignalStore.ts"

/** What the live feed is told: the signal as stored, or the id of one that is gone. */
export type Announcement = { readonly _tag: "Signal"; readonly signal: EnrichedSignal } | { readonly _tag: "Removed"; readonly id: string }

/** `unknown`: counts of a signal that is not stored. */
export type DropReason = "stale" | "removed" | "unknown"

export interface Decision {
  readonly changes: Changes
  readonly live: ReadonlyArray<Announcement>
  readonly dropped: ReadonlyMap<DropReason, number>
  /** Ids that are gone: what the bus and the dead letters still hold of them must go too. */
  readonly gone: ReadonlyArray<string>
}

export interface Scoring extends ScoreReferences {
  readonly authorKey: (author: Author) => string
}
