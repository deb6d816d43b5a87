import { random } from "../Random.ts"
import type { Tampering } from "./Tamper.ts"

export const HTTP_PROTOCOLS = ["hackernews", "algolia", "reddit", "youtube", "feed"] as const

/** What goes wrong, on demand. Rates are 0–1 per request; `…Every` counts frames of one connection; 0 is off. */
export interface FaultPlan {
  /** HTTP: 500, 502 and 503 in turn. */
  readonly errorRate: number
  /** HTTP: half of the body, then the end. */
  readonly truncateRate: number
  /** HTTP: the socket is closed without an answer. */
  readonly closeRate: number
  /** HTTP: never answers. */
  readonly hangRate: number
  /** HTTP: answers late. */
  readonly delayMs: number
  /** HTTP: 429 with `Retry-After: rateLimitS`. */
  readonly rateLimitRate: number
  readonly rateLimitS: number
  /** HTTP: 200 with JSON of another shape. */
  readonly schemaRate: number
  /** HTTP: one item more that no client can read, beside the good ones. */
  readonly malformRate: number
  /** HTTP: the items of the page before (the same path) come again, in front of these. */
  readonly duplicateRate: number
  /** HTTP: the items of a page are shuffled. */
  readonly reorderRate: number
  /** HTTP: the `Date` of answers is off by so much, to either side. */
  readonly clockSkewMs: number
  /** Reddit: tokens die after so many seconds, whatever was promised; 0: as promised. */
  readonly tokenSeconds: number
  /** YouTube: the day's units and searches are gone. */
  readonly quotaGone: boolean
  /** Hacker News: this share of new items is `null` for `nullForMs` after it appeared. */
  readonly nullRate: number
  readonly nullForMs: number
  /** Jetstream: an extra frame that no client can read, beside the good ones. */
  readonly malformedEvery: number
  /** Jetstream: a frame is sent twice. */
  readonly duplicateEvery: number
  /** Jetstream: the connection breaks off without a closing frame after so many frames. */
  readonly breakAfter: number
  /** Jetstream: sockets stay open and silent while this is on. */
  readonly stall: boolean
  /** Jetstream: sockets that have something to hear stay open and silent for good; new ones are no better while this is on. */
  readonly freeze: boolean
  /** Jetstream: every connection is ended with the error frame `ConsumerTooSlow`. */
  readonly tooSlow: boolean
  /** Jetstream: new connections are refused with 503. */
  readonly refuse: boolean
  /** HTTP faults touch only this protocol; null: all of them. */
  readonly only: (typeof HTTP_PROTOCOLS)[number] | null
}

export const NO_FAULTS: FaultPlan = {
  errorRate: 0,
  truncateRate: 0,
  closeRate: 0,
  hangRate: 0,
  delayMs: 0,
  rateLimitRate: 0,
  rateLimitS: 2,
  schemaRate: 0,
  malformRate: 0,
  duplicateRate: 0,
  reorderRate: 0,
  clockSkewMs: 0,
  tokenSeconds: 0,
  quotaGone: false,
  nullRate: 0,
  nullForMs: 5000,
  malformedEvery: 0,
  duplicateEvery: 0,
  breakAfter: 0,
  stall: false,
  freeze: false,
  tooSlow: false,
  refuse: false,
  only: null,
}

export type Injury = "none" | "error" | "truncate" | "close" | "hang" | "rateLimit" | Tampering

export interface Faults {
  plan: FaultPlan
  /** HTTP answers that are being kept back: delayed or never given. */
  withheld: number
  /** How often each was done. */
  readonly done: Record<string, number>
  readonly count: (what: string) => void
  /** What happens to the next HTTP answer. */
  readonly next: () => Injury
}

export const faults = (seed: number, plan: FaultPlan): Faults => {
  const rng = random(seed, 0xfa17)
  const done: Record<string, number> = {}
  const count = (what: string) => {
    done[what] = (done[what] ?? 0) + 1
  }
  const self: Faults = {
    plan,
    withheld: 0,
    done,
    count,
    next: () => {
      const { errorRate, truncateRate, closeRate, hangRate, rateLimitRate, schemaRate, malformRate, duplicateRate, reorderRate } = self.plan
      const all = errorRate + truncateRate + closeRate + hangRate + rateLimitRate + schemaRate + malformRate + duplicateRate + reorderRate
      if (all === 0) return "none"
      let draw = rng.next()
      for (const [injury, rate] of [
        ["error", errorRate],
        ["truncate", truncateRate],
        ["close", closeRate],
        ["hang", hangRate],
        ["rateLimit", rateLimitRate],
        ["schema", schemaRate],
        ["malform", malformRate],
        ["duplicate", duplicateRate],
        ["reorder", reorderRate],
      ] as const) {
        if (draw < rate) {
          count(injury)
          return injury
        }
        draw -= rate
      }
      return "none"
    },
  }
  return self
}

const LIMITS: Record<string, number> = {
  errorRate: 1,
  truncateRate: 1,
  closeRate: 1,
  hangRate: 1,
  nullRate: 1,
  rateLimitRate: 1,
  rateLimitS: 3600,
  schemaRate: 1,
  malformRate: 1,
  duplicateRate: 1,
  reorderRate: 1,
  clockSkewMs: 86_400_000,
  tokenSeconds: 86_400,
  delayMs: 600_000,
  nullForMs: 600_000,
  malformedEvery: 1e9,
  duplicateEvery: 1e9,
  breakAfter: 1e9,
}

/** Reads a plan from JSON; what is not named is off. A wrong name or value is told, not ignored. */
export const readFaultPlan = (input: unknown): FaultPlan | string => {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return "faults are a JSON object"
  for (const [name, value] of Object.entries(input)) {
    if (!(name in NO_FAULTS)) return `${name} is no fault; these are: ${Object.keys(NO_FAULTS).join(", ")}`
    if (name === "only") {
      if (value !== null && !HTTP_PROTOCOLS.some((each) => each === value)) return `only is one of ${HTTP_PROTOCOLS.join(", ")}, or null`
    } else if (name in LIMITS) {
      const lowest = name === "clockSkewMs" ? -LIMITS[name]! : 0
      if (typeof value !== "number" || !(value >= lowest && value <= LIMITS[name]!))
        return `${name} is ${JSON.stringify(value)}: a number from ${lowest} to ${LIMITS[name]}`
    } else if (typeof value !== "boolean") return `${name} is ${JSON.stringify(value)}: true or false`
  }
  return { ...NO_FAULTS, ...input }
}
