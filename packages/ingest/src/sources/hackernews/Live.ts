import { Clock, Effect, Option, Random, Schema, Stream } from "effect"
import { turnOf } from "../../PollPlan.ts"
import { emptyBatch, type SourceBatch, SourceError } from "../../SourceAdapter.ts"
import type { Firebase } from "./Client.ts"

const CHUNK = 100
const MOST_HOLES = 500
/** A cache may answer with a number from a moment ago; one this much smaller is half a number, or another upstream when it stays. */
const GONE_BACK = 10_000
const DOUBTS = 5

/** How often in a row the newest item was far below what has been read. */
export interface Doubt {
  count: number
}
/** When a hole is asked for again; after the last it is given up. */
const RETRY_AFTER = [5_000, 30_000, 120_000, 600_000, 3_600_000]

const Hole = Schema.Struct({ id: Schema.Int, tries: Schema.Int, at: Schema.Int })
type Hole = typeof Hole.Type

/** Every item up to `last` has been read and published, except the holes: numbers that had no item yet. */
export const WalkPosition = Schema.Struct({ last: Schema.Int, holes: Schema.Array(Hole) })
export type WalkPosition = typeof WalkPosition.Type

const decodePosition = Schema.decodeUnknownOption(WalkPosition)

interface Holes {
  readonly kept: ReadonlyArray<Hole>
  readonly given: number
}

/** The holes after a round: `missed` were asked for and are still empty, `asked` were asked for. */
export const nextHoles = (before: ReadonlyArray<Hole>, asked: ReadonlySet<number>, missed: ReadonlyArray<number>, now: number): Holes => {
  const tries = new Map(before.map((hole) => [hole.id, hole.tries]))
  const kept = before.filter((hole) => !asked.has(hole.id))
  let given = 0
  for (const id of missed) {
    const done = tries.get(id) ?? 0
    if (done >= RETRY_AFTER.length) given++
    else kept.push({ id, tries: done + 1, at: now + RETRY_AFTER[done]! })
  }
  const excess = Math.max(0, kept.length - MOST_HOLES)
  return { kept: kept.sort((a, b) => a.id - b.id).slice(excess), given: given + excess }
}

/** Whether a number is the beginning of one near `whole`, as an answer that was cut is: however often it comes, it is no other upstream's. */
const isCutShort = (newest: number, whole: number): boolean =>
  [whole, whole + GONE_BACK].some((number) => String(number).startsWith(String(newest)))

const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)

/** Follows `maxitem`: every item there is, in chunks, from the stored position; at the first start from the newest item on. */
export const walk = (
  firebase: Firebase,
  runId: string,
  everyMs: number,
  position: unknown,
  doubt: Doubt,
): Stream.Stream<SourceBatch, SourceError> =>
  Stream.suspend(() => {
    let at: WalkPosition | null = Option.getOrNull(decodePosition(position))
    let newest = 0
    let askedAt: number | null = null

    /** Half a number is a number too, but a smaller one: a walk must not begin there. */
    const firstMaxItem = Effect.map(Effect.all([firebase.maxItem, firebase.maxItem, firebase.maxItem]), (answers) => Math.max(...answers))

    const step = Effect.gen(function* () {
      let now = yield* Clock.currentTimeMillis
      if (at === null || (at.last >= newest && !at.holes.some((hole) => hole.at <= now))) {
        if (askedAt !== null) yield* Effect.sleep(Math.max(0, askedAt + turnOf(everyMs, yield* Random.next) - now))
        now = yield* Clock.currentTimeMillis
        newest = yield* at === null ? firstMaxItem : firebase.maxItem
        askedAt = now
        if (at !== null && newest + GONE_BACK < at.last) {
          if (isCutShort(newest, at.last) || ++doubt.count < DOUBTS)
            return yield* new SourceError({ reason: "malformed", message: `maxitem is ${newest}, after ${at.last}` })
          const notice = `the newest item is ${newest}, after ${at.last}: another upstream; begun again from there`
          at = { last: newest, holes: [] }
          return { ...emptyBatch, cursor: at, readUntil: now, notice }
        }
        doubt.count = 0
      } else if (askedAt === null) {
        newest = yield* firebase.maxItem
        askedAt = now
      }
      if (at === null) {
        at = { last: newest, holes: [] }
        return { ...emptyBatch, cursor: at, readUntil: now }
      }
      const due = at.holes.filter((hole) => hole.at <= now).slice(0, CHUNK)
      const last = Math.max(at.last, Math.min(newest, at.last + CHUNK))
      const ids = [...due.map((hole) => hole.id), ...range(at.last + 1, last)]
      const caughtUp = last >= newest ? askedAt : null
      if (ids.length === 0) return { ...emptyBatch, readUntil: caughtUp }
      const { harvest, holes } = yield* firebase.items(ids, { mode: "new", runId })
      const after = nextHoles(at.holes, new Set(ids), holes, yield* Clock.currentTimeMillis)
      at = { last, holes: after.kept }
      for (let i = 0; i < after.given; i++) harvest.drop("hole")
      const batch: SourceBatch = { ...harvest, cursor: at, readUntil: caughtUp }
      return batch
    })
    return Stream.fromEffectRepeat(step)
  })
