import { authorIn } from "@signalflow/domain/signals/Signal"
import type { SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import type { LazyReading } from "../reading/LazyReading.ts"
import { type Score, score } from "../scoring/Scores.ts"
import type { Author, Scope, Stored } from "../store/SignalStore.ts"
import type { Decision, Scoring } from "./Decision.ts"
import { Draft } from "./Draft.ts"
import { count, observe } from "./Observe.ts"
import { remove } from "./Remove.ts"
import { restore } from "./Restore.ts"

/** An event with when the bus received it and, for an observation, what its text says: a reading that may not have been made yet. */
export interface ReadEvent {
  readonly event: SignalEvent
  readonly receivedAt: number
  readonly reading: LazyReading | null
}

/** What must be read before `decide` can tell what a batch changes. */
export const scopeOf = (batch: ReadonlyArray<ReadEvent>): Scope => {
  const ids = new Set<string>()
  const authors: Array<Author> = []
  const targets = new Map<string, Author>()
  let isWhole = false
  for (const { event } of batch) {
    if (event._tag === "Observed") {
      const { id, platform, author } = event.signal
      ids.add(id)
      if (author !== null) authors.push({ platform, author })
      const answered = authorIn(event.signal.parentId)
      if (answered !== null) authors.push({ platform, author: answered })
      continue
    }
    isWhole = true
    if (event.target._tag === "Signal") ids.add(event.target.id)
    else {
      const { platform, author } = event.target
      authors.push({ platform, author })
      targets.set(`${platform}:${author}`, { platform, author })
    }
  }
  return { ids: [...ids], authors, targets: [...targets.values()], isWhole }
}

/**
 * What a batch does to the stored rows. Pure, and the same for any order in which the events of different signals arrive:
 * an older observation never overwrites a newer one, and what was deleted stays deleted.
 */
export const decide =
  (batch: ReadonlyArray<ReadEvent>, scoring: Scoring, scoresOf: Score = score) =>
  (stored: Stored): Decision => {
    const draft = new Draft(stored, scoring, scoresOf)
    for (const { event, receivedAt, reading } of batch) {
      if (event._tag === "Observed") observe(draft, event, receivedAt, reading!)
      else if (event._tag === "Counted") count(draft, event)
      else if (event._tag === "Removed") remove(draft, event)
      else restore(draft, event)
    }
    return draft.decision
  }
