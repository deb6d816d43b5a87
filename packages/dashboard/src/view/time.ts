import { useSyncExternalStore } from "react"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** "now", "12 s", "5 min", "3 h", "2 d": how long ago, in the largest unit that says enough. */
export const ago = (at: number, now: number): string => {
  const past = now - at
  if (past < 1_000) return "now"
  if (past < MINUTE) return `${Math.floor(past / 1_000)}\u00a0s`
  if (past < HOUR) return `${Math.floor(past / MINUTE)}\u00a0min`
  if (past < DAY) return `${Math.floor(past / HOUR)}\u00a0h`
  return `${Math.floor(past / DAY)}\u00a0d`
}

/** A length of time in words: "22 min", "1 h 10 min", "2 d 4 h". */
export const duration = (ms: number): string => {
  const minutes = Math.max(0, Math.round(ms / MINUTE))
  if (minutes === 0) return measures([Math.max(0, Math.round(ms / 1_000)), "s"])
  if (minutes < 60) return measures([minutes, "min"])
  const hours = Math.floor(minutes / 60)
  return hours < 24 ? measures([hours, "h"], [minutes % 60, "min"]) : measures([Math.floor(hours / 24), "d"], [hours % 24, "h"])
}

/** A number never stands on another line than its unit. */
const measures = (...parts: ReadonlyArray<readonly [number, string]>): string =>
  parts.flatMap(([n, unit], i) => (n === 0 && i > 0 ? [] : [`${n}\u00a0${unit}`])).join(" ")

const two = (n: number) => String(n).padStart(2, "0")
const dayOf = (date: Date) => date.getFullYear() * 372 + date.getMonth() * 31 + date.getDate()

/** The time of day in the user's own zone; the day too when it is not today. */
export const clock = (at: number, now: number): string => {
  const date = new Date(at)
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`
  const today = dayOf(new Date(now))
  if (dayOf(date) === today) return time
  if (dayOf(date) === dayOf(new Date(now - DAY))) return `yesterday ${time}`
  return `${date.toLocaleDateString(undefined, { day: "numeric", month: "short" })}, ${time}`
}

const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" })

/** The exact time, with its zone, as shown on hover. */
export const exact = (at: number): string => (Number.isFinite(at) ? whole.format(at) : "unknown")

const listeners = new Set<() => void>()
let ticking: ReturnType<typeof setInterval> | undefined
const subscribe = (listener: () => void) => {
  listeners.add(listener)
  ticking ??= setInterval(() => {
    for (const each of listeners) each()
  }, 1_000)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) {
      clearInterval(ticking)
      ticking = undefined
    }
  }
}

/** The time, rounded down to `stepMs`: what uses it is drawn again once a step, all from one timer. */
export const useNow = (stepMs = 1_000): number => useSyncExternalStore(subscribe, () => Math.floor(Date.now() / stepMs) * stepMs)

/** How long ago `at` was, in words; drawn again only when the words change. */
export const useAgo = (at: number): string => useSyncExternalStore(subscribe, () => ago(at, Date.now()))
