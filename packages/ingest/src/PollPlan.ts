import type { SettingValues } from "@signalflow/domain/Settings"

const MINUTE = 60_000

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
