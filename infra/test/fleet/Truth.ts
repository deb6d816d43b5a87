import type { Signal } from "@signalflow/domain/signals/Signal"
import type { SignalEvent } from "@signalflow/domain/signals/SignalEvent"

export interface Expected {
  readonly signal: Signal
  readonly hidden: boolean
  /** Observations that changed the row, in order, with the change per second since the one before. */
  readonly history: ReadonlyArray<Measured>
}

export interface Measured {
  readonly at: number
  readonly score: number | null
  readonly comments: number | null
  readonly velocity: { readonly score: number; readonly comments: number } | null
}

interface Planted {
  readonly observed: Array<Signal>
  /** The newest request to hide it that nothing has lifted. */
  hiddenAt: number | null
  deleted: boolean
}

/** What became of an author: `deletedUntil` = what was observed up to then is gone. */
interface Fate {
  hiddenAt: number | null
  deletedUntil: number
}

const nobody: Fate = { hiddenAt: null, deletedUntil: -Infinity }

/**
 * What must stand in the database when everything that was published has been processed: said once more, in the plainest words, from
 * the rules alone (newest observation wins, deleted stays deleted, hidden until restored or seen again), without the pipeline's code.
 */
export class Truth {
  readonly signals = new Map<string, Planted>()
  readonly authors = new Map<string, Fate>()
  readonly deletedIds = new Set<string>()

  private planted(id: string): Planted {
    const known = this.signals.get(id) ?? { observed: [], hiddenAt: null, deleted: false }
    this.signals.set(id, known)
    return known
  }

  private fate(author: string): Fate {
    const known = this.authors.get(author) ?? { ...nobody }
    this.authors.set(author, known)
    return known
  }

  publish(event: SignalEvent): void {
    if (event._tag === "Observed") {
      const { observed } = this.planted(event.signal.id)
      const last = observed.at(-1)
      if (last === undefined || event.signal.observedAt > last.observedAt) observed.push(event.signal)
      return
    }
    if (event._tag === "Counted") {
      const { observed } = this.planted(event.target.id)
      const last = observed.at(-1)
      const { score, comments, reposts, views, at, meta } = event
      if (last !== undefined && at > last.observedAt) observed.push({ ...last, score, comments, reposts, views, observedAt: at, meta })
      return
    }
    const { target } = event
    if (target._tag === "Author") {
      const fate = this.fate(`${target.platform}:${target.author}`)
      if (event._tag === "Restored") {
        if (fate.deletedUntil === Infinity) fate.deletedUntil = event.at
        fate.hiddenAt = null
      } else if (event.kind === "hidden") fate.hiddenAt = event.at
      else fate.deletedUntil = Infinity
      return
    }
    const signal = this.planted(target.id)
    if (event._tag === "Restored") signal.hiddenAt = null
    else if (event.kind === "hidden") signal.hiddenAt = event.at
    else {
      signal.deleted = true
      this.deletedIds.add(target.id)
    }
  }

  expected(): ReadonlyMap<string, Expected> {
    const rows = new Map<string, Expected>()
    for (const [id, { observed, hiddenAt, deleted }] of this.signals) {
      const first = observed[0]
      if (deleted || first === undefined) continue
      const author = first.author === null ? nobody : (this.authors.get(`${first.platform}:${first.author}`) ?? nobody)
      const left = observed.filter(({ observedAt }) => observedAt > author.deletedUntil)
      const last = left.at(-1)
      if (last === undefined) continue
      const isHidden = (at: number | null) => at !== null && last.observedAt <= at
      rows.set(id, { signal: last, hidden: isHidden(hiddenAt) || isHidden(author.hiddenAt), history: historyOf(left) })
    }
    return rows
  }
}

const historyOf = (observed: ReadonlyArray<Signal>): ReadonlyArray<Measured> =>
  observed.flatMap(({ observedAt: at, score, comments }, n): ReadonlyArray<Measured> => {
    if (score === null && comments === null) return []
    const before = observed[n - 1]
    const seconds = before === undefined ? 0 : (at - before.observedAt) / 1_000
    const velocity =
      before === undefined
        ? null
        : { score: ((score ?? 0) - (before.score ?? 0)) / seconds, comments: ((comments ?? 0) - (before.comments ?? 0)) / seconds }
    return [{ at, score, comments, velocity }]
  })
