import { BUCKET } from "@signalflow/domain/Time"
import { WINDOW } from "../bursts/Baseline.ts"
import type { Evidence, Ranked } from "./Evidence.ts"
import { excessAt, isRare } from "../bursts/Detector.ts"

/** Topics that share this much of their signals are one. */
const SAME = 0.6

/** A rise is explained by stronger ones only if this much of its people beyond the usual is theirs. */
const EXPLAINED = 0.5

/** A rise that holds this much of a narrower one, and has this many times its people beyond the usual, is the better name of it. */
const HELD = 0.8
const WIDER = 2

/** A phrase that is said by this much of the people of a word in it is the more telling name. */
const SPOKEN_OUT = 0.8

/** The ids of a topic's signals in its decisive window: the rarest of its rise, else the newest. */
const decisive = ({ rise }: Ranked, evidences: ReadonlyArray<Evidence>): ReadonlySet<number> => {
  const until = (rise.peak ?? 0) * BUCKET
  const ids = new Set<number>()
  for (const { voices } of evidences)
    for (const [i, ago] of voices.ago.entries()) if (ago > until && ago <= until + WINDOW * BUCKET) ids.add(voices.signals[i]!)
  return ids
}

const shared = (a: ReadonlySet<number>, b: ReadonlySet<number>): number => {
  const [small, large] = a.size < b.size ? [a, b] : [b, a]
  let both = 0
  for (const id of small) if (large.has(id)) both++
  return both
}

const areSame = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean => {
  if (a.size === 0 || Math.min(a.size, b.size) < SAME * Math.max(a.size, b.size)) return false
  const both = shared(a, b)
  return both >= SAME * (a.size + b.size - both)
}

interface Kept extends Ranked {
  readonly ids: ReadonlySet<number>
  /** People beyond the usual in the decisive window. */
  readonly excess: number
}

const isWiderThan = (wider: Kept, narrower: Kept): boolean =>
  wider.rise.peak !== null &&
  wider.rise.state === narrower.rise.state &&
  wider.excess >= WIDER * narrower.excess &&
  shared(wider.ids, narrower.ids) >= HELD * narrower.ids.size

const tellsMoreThan = (longer: Kept, shorter: Kept): boolean =>
  longer.rise.state === shorter.rise.state &&
  ` ${longer.topic} `.includes(` ${shorter.topic} `) &&
  longer.ids.size >= SPOKEN_OUT * shorter.ids.size &&
  areSame(longer.ids, shorter.ids)

/** Whether a topic rises only in the signals of stronger rises: without them its rarest window is ordinary. */
const isExplained = ({ rise, excess }: Kept, evidences: ReadonlyArray<Evidence>, claimed: ReadonlySet<number>): boolean => {
  if (rise.peak === null) return false
  const until = rise.peak * BUCKET
  let people = 0
  const left = evidences.map(({ voices }) => {
    const all = new Set<number>()
    const others = new Set<number>()
    for (const [i, ago] of voices.ago.entries()) {
      if (ago <= until || ago > until + WINDOW * BUCKET) continue
      all.add(voices.voices[i]!)
      if (!claimed.has(voices.signals[i]!)) others.add(voices.voices[i]!)
    }
    people += all.size
    return others.size
  })
  const rest = left.reduce((sum, n) => sum + n, 0)
  const windows = evidences.map(({ windows }) => windows)
  return people - rest >= EXPLAINED * excess && !isRare(windows, rise.peak, left)
}

/**
 * Shows each event once. Leaves out topics whose signals are nearly those of a stronger one ("chip export", "export ban"), and words that
 * rise only because the posts of stronger rises hold them; a name that holds a stronger one's signals and many more takes its place
 * ("compiler" for "#basaltcompiler"), and so does a phrase that nearly all say who say the word ("basalt compiler" for "compiler"). Expects the strongest first.
 */
export const fold = (
  ranked: ReadonlyArray<Ranked>,
  evidences: ReadonlyMap<string, ReadonlyArray<Evidence>>,
  limit: number,
): ReadonlyArray<Ranked> => {
  let kept: Array<Kept> = []
  const claimed = new Set<number>()
  for (const ranking of ranked) {
    if (kept.length >= limit) break
    const found = evidences.get(ranking.topic)!
    const windows = found.map((evidence) => evidence.windows)
    const topic: Kept = { ...ranking, ids: decisive(ranking, found), excess: excessAt(windows, ranking.rise.peak ?? 0) }
    const isBetter = (stronger: Kept) => isWiderThan(topic, stronger) || tellsMoreThan(topic, stronger)
    const place = kept.findIndex(isBetter)
    if (place >= 0) {
      const others = kept.filter((stronger) => !isBetter(stronger))
      kept = [...others.slice(0, place), topic, ...others.slice(place)]
    } else if (!kept.some(({ ids }) => areSame(ids, topic.ids))) {
      if (isExplained(topic, found, claimed)) continue
      kept.push(topic)
    }
    // What another name of the same event is said in belongs to the event, too.
    if (topic.rise.peak !== null) for (const { voices } of found) for (const id of voices.signals) claimed.add(id)
  }
  return kept.map(({ topic, rise }) => ({ topic, rise }))
}
