import type { Faults } from "../../faults/Faults.ts"

export interface YouTubeOptions {
  readonly key?: string
  readonly unitsPerDay?: number
  readonly searchesPerDay?: number
}

export const API_KEY = "simulated-key"

const pacific = new Intl.DateTimeFormat("en-CA", { timeZone: "America/Los_Angeles", year: "numeric", month: "2-digit", day: "2-digit" })

/** Searches have a bucket of their own; both are filled again at midnight Pacific time. */
export interface Quota {
  /** False: nothing left. A call that fails costs as much as one that does not. */
  readonly spend: (search: boolean) => boolean
}

export const quota = (faults: Faults, now: () => number, options: YouTubeOptions): Quota => {
  const { unitsPerDay = 10_000, searchesPerDay = 100 } = options
  let day = ""
  let units = 0
  let searches = 0
  return {
    spend: (search) => {
      const today = pacific.format(now())
      if (today !== day) [day, units, searches] = [today, unitsPerDay, searchesPerDay]
      if (faults.plan.quotaGone) {
        faults.count("quotaGone")
        return false
      }
      const enough = (search ? searches : units) > 0
      if (!enough) faults.count("quotaExceeded")
      else if (search) searches--
      else units--
      return enough
    },
  }
}
