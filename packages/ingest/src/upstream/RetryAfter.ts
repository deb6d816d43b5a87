const DAY = 86_400_000

/** `Retry-After` in milliseconds: seconds or a date, at most a day. */
export const retryAfter = (value: string | undefined, now: number): number | undefined => {
  if (value === undefined) return undefined
  const ms = /^\s*\d{1,9}(?:\.\d{1,9})?\s*$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now
  return Number.isNaN(ms) ? undefined : Math.min(DAY, Math.max(0, Math.round(ms)))
}
