import type { SignalView } from "@signalflow/domain/api/SignalView"
import type { LiveFrame } from "@signalflow/domain/live/LiveFrame"

export type Row =
  /** `at` = when it arrived, unix milliseconds. */
  | { readonly _tag: "Signal"; readonly key: string; readonly at: number; readonly signal: SignalView }
  /** Here something was missed; `missed` null = nobody knows how much. */
  | { readonly _tag: "Gap"; readonly key: string; readonly at: number; readonly missed: number | null }

export interface LiveState {
  /** Newest arrival first. */
  readonly rows: ReadonlyArray<Row>
  /** Arrived while the list was held still. */
  readonly waiting: ReadonlyArray<Row>
  readonly place: { readonly epoch: string; readonly offset: number } | null
  /** Publication time of the newest signal seen, unix milliseconds. */
  readonly newest: number
  /** Ids that were removed, oldest first. */
  readonly gone: ReadonlySet<string>
  /** Arrivals per second of the last half minute: second → signals. */
  readonly pace: ReadonlyMap<number, number>
  readonly started: number | null
}

export const ROWS = 500
const PACE_SECONDS = 30
/** A live list shows what is being published; refreshed counts of yesterday's stories are not news. */
const RECENT_MS = 60 * 60_000

export const emptyLive: LiveState = { rows: [], waiting: [], place: null, newest: 0, gone: new Set(), pace: new Map(), started: null }

const time = (iso: string): number => Date.parse(iso) || 0

const rowOf = (signal: SignalView, at: number): Row => ({ _tag: "Signal", key: signal.id, at, signal })

/** What was published this long before it arrived is late. */
const LATE_MS = 10 * 60_000

export const isLate = (row: Extract<Row, { readonly _tag: "Signal" }>): boolean => row.at - time(row.signal.publishedAt) > LATE_MS

const replace = (rows: Array<Row>, signal: SignalView): boolean => {
  const at = rows.findIndex((row) => row.key === signal.id)
  const before = rows[at]
  if (before === undefined || before._tag !== "Signal") return false
  if (time(before.signal.observedAt) < time(signal.observedAt)) rows[at] = rowOf(signal, before.at)
  return true
}

const without = (rows: Array<Row>, id: string): Array<Row> => rows.filter((row) => row.key !== id)

const boundedSet = (ids: ReadonlySet<string>): ReadonlySet<string> => (ids.size <= ROWS ? ids : new Set([...ids].slice(-ROWS)))

/**
 * What the list shows after `frames`. A signal that is there keeps its place and takes newer counts; a new one goes on top, or waits
 * while the list is held; a removed one vanishes at once. `now` is unix milliseconds.
 */
export const fold = (state: LiveState, frames: ReadonlyArray<LiveFrame>, held: boolean, now: number): LiveState => {
  let { rows, waiting, place, newest, started } = { ...state, rows: [...state.rows], waiting: [...state.waiting] }
  let gone = state.gone
  const pace = new Map(state.pace)
  const second = Math.floor(now / 1_000)
  const top = (row: Row) => {
    const list = held ? waiting : rows
    if (row._tag === "Gap" && list[0]?._tag === "Gap") list.shift()
    list.unshift(row)
  }

  for (const frame of frames) {
    if (frame.type === "error") continue
    const sameEpoch = place !== null && place.epoch === frame.epoch
    if (frame.type === "hello") {
      started ??= now
      if (place !== null && !sameEpoch) {
        top({ _tag: "Gap", key: `gap:${frame.epoch}`, at: now, missed: null })
        place = { epoch: frame.epoch, offset: frame.offset }
      }
      // Within an epoch the place moves by what was received alone: hello may name what is still to come.
      place ??= { epoch: frame.epoch, offset: frame.offset }
      continue
    }
    const seen = sameEpoch && place !== null && frame.offset <= place.offset && frame.type !== "gap"
    if (!seen) place = { epoch: frame.epoch, offset: frame.offset }
    if (frame.type === "position") continue
    if (frame.type === "gap") {
      // From 0 to 0: what was before this epoch, and nobody has counted it.
      top({ _tag: "Gap", key: `gap:${frame.epoch}:${frame.from}`, at: now, missed: frame.to === 0 ? null : frame.to - frame.from + 1 })
      continue
    }
    if (frame.type === "removed") {
      rows = without(rows, frame.id)
      waiting = without(waiting, frame.id)
      gone = boundedSet(new Set([...gone, frame.id]))
      continue
    }
    if (seen || frame.type !== "signal") continue
    const { signal } = frame
    pace.set(second, (pace.get(second) ?? 0) + 1)
    if (gone.has(signal.id)) gone = new Set([...gone].filter((id) => id !== signal.id))
    const published = Math.min(time(signal.publishedAt), time(signal.observedAt))
    newest = Math.max(newest, published)
    if (replace(rows, signal) || replace(waiting, signal)) continue
    if (published >= newest - RECENT_MS) top(rowOf(signal, now))
  }
  for (const key of pace.keys()) if (key <= second - PACE_SECONDS) pace.delete(key)
  return { rows: rows.slice(0, ROWS), waiting: waiting.slice(0, ROWS), place, newest, gone, pace, started }
}

/**
 * Fills the list from a page of the API: at the start, and where one platform is looked at. Nobody saw these arrive, so each stands where it
 * was published; what came live keeps its order.
 */
export const fill = (state: LiveState, signals: ReadonlyArray<SignalView>): LiveState => {
  const rows = [...state.rows]
  const waiting = [...state.waiting]
  const older: Array<Row> = []
  for (const signal of signals) {
    if (state.gone.has(signal.id) || replace(rows, signal) || replace(waiting, signal)) continue
    older.push(rowOf(signal, Math.min(time(signal.publishedAt), time(signal.observedAt))))
  }
  const newest = signals.reduce((most, signal) => Math.max(most, Math.min(time(signal.publishedAt), time(signal.observedAt))), state.newest)
  return { ...state, rows: [...rows, ...older].sort((a, b) => b.at - a.at).slice(0, ROWS), waiting, newest }
}

/** Lets in what waited. */
export const release = (state: LiveState): LiveState =>
  state.waiting.length === 0 ? state : { ...state, rows: [...state.waiting, ...state.rows].slice(0, ROWS), waiting: [] }

/** Signals per second over the last half minute, or since the start where that is shorter. */
export const rateOf = (state: LiveState, now: number): number => {
  if (state.started === null) return 0
  const from = Math.floor(now / 1_000) - PACE_SECONDS
  let count = 0
  for (const [second, arrivals] of state.pace) if (second > from) count += arrivals
  return count / Math.min(PACE_SECONDS, Math.max(5, (now - state.started) / 1_000))
}
