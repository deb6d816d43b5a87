import { firstIndex } from "@signalflow/domain/Sorted"

/** A moment of this process by both its clocks, in milliseconds: the steady one stops while the machine sleeps, the other can be set. */
export interface Moment {
  readonly steady: number
  readonly wall: number
}

/** Milliseconds between two moments, by the clock that says more. */
const between = (earlier: Moment, later: Moment): number => Math.max(later.steady - earlier.steady, later.wall - earlier.wall, 0)

interface Mark {
  /** Before the primary was asked: whatever was committed by then lies below `lsn`. */
  readonly at: Moment
  readonly lsn: bigint
}

export interface ReplicaLag {
  /** The primary was at `lsn` at some time after `at`. */
  readonly mark: (at: Moment, lsn: bigint) => void
  /** The replica has replayed up to `lsn`. */
  readonly replayed: (lsn: bigint) => void
  /** Whether a replica at `lsn` has all that `behind` promises. */
  readonly covers: (lsn: bigint) => boolean
  /** Milliseconds ago by which everything committed is in the replica; null: not known. */
  readonly behind: (now: Moment) => number | null
  /** Nothing that was known holds any longer. */
  readonly forget: () => void
}

const LIMIT = 16_384

/**
 * How far a replica is behind, right on an idle primary too: where the primary was is remembered with the time, and the
 * newest of those places that the replica has replayed tells the age of what it shows. No clock but this process's is read.
 */
export const make = (): ReplicaLag => {
  /** Ascending; the first is what the replica has replayed, if `reached`. */
  let marks: Array<Mark> = []
  let reached = false

  const forget = () => {
    marks = []
    reached = false
  }

  return {
    forget,
    mark: (at, lsn) => {
      // A primary that goes back is another one.
      if (lsn < (marks.at(-1)?.lsn ?? 0n)) forget()
      marks.push({ at, lsn })
      // The second oldest: the first may be what is known.
      if (marks.length > LIMIT) marks.splice(1, 1)
    },
    replayed: (lsn) => {
      const next = firstIndex(marks.length, (index) => marks[index]!.lsn > lsn)
      // A replica that started again may show less than before.
      reached = next > 0
      if (reached) marks.splice(0, next - 1)
    },
    covers: (lsn) => reached && marks[0]!.lsn <= lsn,
    behind: (now) => (reached ? between(marks[0]!.at, now) : null),
  }
}
