import { murmur2 } from "@signalflow/domain/bus/BusTopic"
import type { SettingValues } from "@signalflow/domain/settings/Settings"
import { type SourceConfig, tierMillis } from "@signalflow/domain/sources/Source"

const MINUTE = 60_000
/** A turn is up to this share shorter or longer than the interval. */
const JITTER = 0.05
/** Targets that begin together begin about so far apart. */
const APART = 250

/** Items up to `age` old are read again every `every`; both in milliseconds. Youngest tier first. */
export interface PollTier {
  readonly age: number
  readonly every: number
}

export const tiersOf = (settings: SettingValues): ReadonlyArray<PollTier> => [
  { age: settings.PRIORITY_AGGRESSIVE_MINS * MINUTE, every: settings.REFRESH_AGGRESSIVE_MINS * MINUTE },
  { age: settings.PRIORITY_NORMAL_MINS * MINUTE, every: settings.REFRESH_NORMAL_MINS * MINUTE },
  { age: settings.PRIORITY_SLOW_MINS * MINUTE, every: settings.REFRESH_SLOW_MINS * MINUTE },
]

/** How often something of this age is read again, in milliseconds; null = no more. */
export const refreshEvery = (ageMs: number, tiers: ReadonlyArray<PollTier>): number | null =>
  tiers.find((tier) => ageMs < tier.age)?.every ?? null

export interface Tracked {
  readonly publishedAt: number
  readonly observedAt: number
}

export interface Plan<K> {
  /** To be read again now, the most overdue first. */
  readonly due: ReadonlyArray<K>
  /** Too old to be read again. */
  readonly expired: ReadonlyArray<K>
}

/** Which of the tracked items are due. */
export const plan = <K>(tracked: Iterable<readonly [K, Tracked]>, now: number, tiers: ReadonlyArray<PollTier>): Plan<K> => {
  const due: Array<{ key: K; overdue: number }> = []
  const expired: Array<K> = []
  for (const [key, { publishedAt, observedAt }] of tracked) {
    const every = refreshEvery(now - publishedAt, tiers)
    if (every === null) expired.push(key)
    else if (now - observedAt >= every) due.push({ key, overdue: (now - observedAt) / every })
  }
  return { due: due.sort((a, b) => b.overdue - a.overdue).map(({ key }) => key), expired }
}

export const intervalOf = (config: SourceConfig): number => config.intervalMs ?? tierMillis[config.tier]

/** How long this turn of a poll loop is: targets that have met drift apart. `random` in 0–1. */
export const turnOf = (everyMs: number, random: number): number => Math.round(everyMs * (1 - JITTER + 2 * JITTER * random))

/** How long a target waits before its first poll when so many begin at once; one that begins alone does not. Never longer than half its interval. */
export const firstTurn = (together: number, everyMs: number, random: number): number =>
  Math.round(Math.min(everyMs / 2, APART * (together - 1)) * random)

/**
 * The first beat after `now` of a rhythm that many follow, so that what they ask for fits into one request: they come early or late together, by the
 * same share, drawn from the beat and the phase.
 */
export const nextBeat = (now: number, everyMs: number, phaseMs: number): number => {
  const at = (beat: number) => {
    const random = (murmur2(`${phaseMs}/${everyMs}/${beat}`) >>> 0) / 2 ** 32
    return beat * everyMs + phaseMs + turnOf(everyMs, random) - everyMs
  }
  let beat = Math.floor((now - phaseMs) / everyMs)
  while (at(beat) <= now) beat++
  return at(beat)
}
