import type { SourceBatch } from "../SourceAdapter.ts"

/** Reasons for which an item that should have become a signal did not, as a person reads them. What is left out on purpose is none of them. */
const LOST: Readonly<Record<string, string>> = {
  malformed: "malformed",
  "no-id": "without identity",
  undated: "without a date",
  future: "dated in the future",
  "bad-time": "with an impossible date",
  "no-text": "without text",
  "no-video": "without a video",
  "unknown-kind": "of an unknown kind",
  invalid: "with values out of range",
  "too-large": "too large",
  "too-slow": "too slow to read",
}

/** Reasons that say nothing of whether a source can be read: what lies beside its items. */
const BESIDE = new Set([
  "not-a-post",
  "not-sampled",
  "not-tracked",
  "absent",
  "hole",
  "gap",
  "too-many",
  "comments-refused",
  "comments-too-many",
])

/** From this share of what was looked at on, nearly everything is lost. */
const NEARLY_ALL = 0.9
/** Items that are looked back at. */
const WINDOW = 200

/** Whether what a feed reads becomes signals: over its last items, and in its last batch, so that one good batch ends the trouble. */
export class Losses {
  #read = 0
  #lost = new Map<string, number>()
  #last = 0

  note({ events, dropped }: SourceBatch): void {
    let read = events.length
    let lost = 0
    for (const [reason, count] of Object.entries(dropped)) {
      if (BESIDE.has(reason)) continue
      read += count
      if (!Object.hasOwn(LOST, reason)) continue
      lost += count
      this.#lost.set(reason, (this.#lost.get(reason) ?? 0) + count)
    }
    if (read === 0) return
    this.#read += read
    this.#last = lost / read
    while (this.#read > WINDOW) {
      this.#read /= 2
      for (const [reason, count] of this.#lost) this.#lost.set(reason, count / 2)
    }
  }

  /** What is wrong, or null. */
  get why(): string | null {
    const lost = [...this.#lost.values()].reduce((sum, count) => sum + count, 0)
    if (lost === 0 || this.#last < NEARLY_ALL || lost / this.#read < NEARLY_ALL) return null
    const reasons = [...this.#lost]
      .filter(([, count]) => count >= 1)
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, 4)
      .map(([reason, count]) => `${Math.round(count)} ${LOST[reason]}`)
    const all = lost === this.#read ? "everything" : "nearly everything"
    return `${all} is dropped: ${Math.round(lost)} of the last ${Math.round(this.#read)} items (${reasons.join(", ")})`
  }
}
