import { hash, random } from "../Random.ts"
import { SLICE_US } from "./Timeline.ts"
import { TOPICS } from "./Topics.ts"

export type AccountStatus = "active" | "takendown" | "suspended" | "deactivated" | "deleted"

/** What happens to one account: it posts for a while, then its status changes, and for some changes back. All that it ever posts is here. */
export interface Episode {
  readonly author: number
  readonly topic: number
  /** Accounts of one campaign push the same text. */
  readonly campaign: number | null
  /** Microseconds, rising. */
  readonly posts: ReadonlyArray<number>
  readonly changes: ReadonlyArray<{ readonly time: number; readonly status: AccountStatus }>
}

const BLOCK = 24
/** Ordinary authors are numbered below this. */
export const EPISODE_AUTHORS = 1_000_000
/** An episode ends this many slices after its block began, at most. */
const LONGEST = 3 * BLOCK

const times = (from: number, length: number, n: number, next: () => number) =>
  Array.from({ length: n }, () => Math.floor(from + next() * length)).sort((a, b) => a - b)

const inBlock = (seed: number, epochUs: number, block: number): ReadonlyArray<Episode> => {
  const rng = random(seed, 0xe915, block)
  const start = epochUs + block * BLOCK * SLICE_US
  const author = EPISODE_AUTHORS + block * 32
  const episodes: Array<Episode> = []

  const window = start + rng.int(BLOCK - 8) * SLICE_US
  const campaign = hash(seed, 0xca39, block)
  const topic = rng.int(TOPICS.length)
  for (let account = 0; account < 6 + rng.int(5); account++) {
    const posts = times(window, 8 * SLICE_US, 1 + rng.int(3), rng.next)
    const gone = window + (8 + rng.next() * 4) * SLICE_US
    episodes.push({
      author: author + account,
      topic,
      campaign,
      posts,
      changes: rng.chance(0.7) ? [{ time: Math.floor(gone), status: "takendown" }] : [],
    })
  }
  for (let n = 0; n < 3; n++) {
    const posts = times(start, BLOCK * SLICE_US, 3 + rng.int(4), rng.next)
    const gone = Math.floor(start + (BLOCK + rng.next() * 10) * SLICE_US)
    const back = Math.floor(gone + (2 + rng.next() * 8) * SLICE_US)
    const status = rng.pick(["deactivated", "suspended", "takendown", "deleted"] as const)
    const returns = status === "deactivated" || (status === "suspended" && rng.chance(0.5))
    episodes.push({
      author: author + 20 + n,
      topic: rng.int(TOPICS.length),
      campaign: null,
      posts,
      changes: [{ time: gone, status }, ...(returns ? [{ time: back, status: "active" as const }] : [])],
    })
  }
  return episodes
}

/** The episodes that may still have something to do in `slice`. */
export const episodes = (seed: number, epoch: number): ((slice: number) => ReadonlyArray<Episode>) => {
  const known = new Map<number, ReadonlyArray<Episode>>()
  const block = (index: number) => {
    if (index < 0) return []
    const found = known.get(index) ?? inBlock(seed, epoch * 1000, index)
    if (known.size > 64) known.clear()
    known.set(index, found)
    return found
  }
  return (slice) => {
    const last = Math.floor(slice / BLOCK)
    return Array.from({ length: LONGEST / BLOCK }, (_, i) => block(last - i)).flat()
  }
}

/** What an account's posts look like at `time` (µs). */
export const statusAt = (episode: Episode, time: number): AccountStatus => {
  let status: AccountStatus = "active"
  for (const change of episode.changes) if (change.time <= time) status = change.status
  return status
}
