import { Option, Schema } from "effect"
import { type PacificDay, pacificDayOf } from "./PacificDay.ts"

/** `search.list` has a bucket of its own, counted in calls; everything else costs one unit a call. */
export type Bucket = "units" | "searches"

export type Limits = Readonly<Record<Bucket, number>>

const Spending = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** What has been spent of one Pacific day, as it is stored. */
export const Spent = Schema.Struct({ day: Schema.String, units: Spending, searches: Spending })
export type Spent = typeof Spent.Type

const decodeSpent = Schema.decodeUnknownOption(Spent)

export type Admission =
  | { readonly _tag: "Taken" }
  | { readonly _tag: "Wait"; readonly until: number }
  /** Nothing is left before the reset. */
  | { readonly _tag: "Gone"; readonly until: number; readonly why: string }

/** Share of a day's budget that may be spent at once after a quiet time. */
const BURST_SHARE = 0.02
const LEAST_BURST = 3

const burst = (limit: number) => Math.max(LEAST_BURST, Math.floor(limit * BURST_SHARE))
const none = () => ({ units: 0, searches: 0 })

/**
 * The account of one API key for the Pacific day, shared by all targets. Calls are spread so that what is left lasts until the reset:
 * one call each (time left / budget left), after a burst of at most 2 % of the budget. A call counts when it is sent, whatever becomes of it.
 */
export class Quota {
  readonly #limits: Limits
  #day: PacificDay
  #spent: Record<Bucket, number> = none()
  #nextAt: Record<Bucket, number> = none()
  #refused: Partial<Record<Bucket, string>> = {}

  /** `stored` = what an earlier program had spent; what is of another day, or not understood, is nothing. */
  constructor(limits: Limits, stored: unknown, now: number) {
    this.#limits = limits
    this.#day = pacificDayOf(now)
    const spent = Option.getOrNull(decodeSpent(stored))
    if (spent?.day === this.#day.name) this.#spent = { units: spent.units, searches: spent.searches }
  }

  spent(now: number): Spent {
    this.#turn(now)
    return { day: this.#day.name, ...this.#spent }
  }

  left(bucket: Bucket, now: number): number {
    this.#turn(now)
    return Math.max(0, this.#limits[bucket] - this.#spent[bucket])
  }

  /** Time between two calls at which what is left lasts until the reset, in milliseconds. */
  spacing(bucket: Bucket, now: number): number {
    return (this.#day.resetAt - now) / Math.max(1, this.left(bucket, now))
  }

  /** Why nothing is left before the reset, or null. */
  gone(bucket: Bucket, now: number): (Admission & { readonly _tag: "Gone" }) | null {
    return this.left(bucket, now) === 0 ? this.#gone(bucket) : null
  }

  /** Asks for one call now. */
  take(bucket: Bucket, now: number): Admission {
    const spent = this.gone(bucket, now)
    if (spent !== null) return spent
    const apart = this.spacing(bucket, now)
    const at = Math.max(this.#nextAt[bucket], now - (burst(this.#limits[bucket]) - 1) * apart)
    if (at > now) return { _tag: "Wait", until: Math.ceil(at) }
    this.#nextAt[bucket] = at + apart
    this.#spent[bucket]++
    return { _tag: "Taken" }
  }

  /** YouTube itself says that the day's budget is spent: others use the key too, or its project has less. */
  refused(bucket: Bucket, why: string, now: number): Admission & { readonly _tag: "Gone" } {
    this.#turn(now)
    this.#spent[bucket] = Math.max(this.#spent[bucket], this.#limits[bucket])
    this.#refused[bucket] = why
    return this.#gone(bucket)
  }

  #gone(bucket: Bucket): Admission & { readonly _tag: "Gone" } {
    const setting = bucket === "units" ? "units (YOUTUBE_DAILY_UNITS)" : "searches (YOUTUBE_DAILY_SEARCHES)"
    const why = this.#refused[bucket] ?? `the day's ${this.#limits[bucket]} ${setting} are spent`
    return { _tag: "Gone", until: this.#day.resetAt, why }
  }

  #turn(now: number): void {
    // A clock that was set back does not open a spent day again.
    if (now < this.#day.resetAt) return
    this.#day = pacificDayOf(now)
    this.#spent = none()
    this.#nextAt = none()
    this.#refused = {}
  }
}
