import { hash, random, type Random } from "../Random.ts"
import type { Removal, Story, ThreadPlan } from "./Story.ts"
import { SLICE_US } from "./Timeline.ts"
import { busyness } from "./Busyness.ts"

/** A campaign runs for some slices of each block. */
export const SPAM_BLOCK = 24
const SPAM_SLICES = 8

type Basics = Pick<Story, "slice" | "n" | "key" | "time" | "removal" | "editedAt" | "campaign">

/**
 * Near-copies and spam of a slice. Copies point at originals only, which depend on nothing but their own slice: no slice needs the
 * whole past.
 */
export const derivedStories = (
  { seed, epoch, site, rate, voices }: ThreadPlan,
  originals: (slice: number) => ReadonlyArray<Story>,
  entry: (rng: Random, slice: number, n: number, key: number, time: number) => Basics,
) => {
  const startOf = (slice: number) => epoch * 1000 + slice * SLICE_US
  /** `first`: how many originals the slice has. */
  return (slice: number, first: number): ReadonlyArray<Story> => {
    const rng = random(seed, 0xde72, slice)
    const made: Array<Story> = []
    const add = (given: Pick<Story, "author" | "topic" | "copyOf" | "campaign"> & { readonly removal?: Removal }, time: number) => {
      const n = first + made.length
      const rise = 2400 + rng.next() * 12_000
      const about = { tag: "story", form: "link", burst: null, rise } as const
      made.push({ ...entry(rng, slice, n, hash(seed, 0x58, slice, n), time), ...about, final: 1 + rng.int(12), ...given })
    }
    for (let n = rng.poisson(site.copies * busyness(slice) * rate(slice)); n > 0; n--) {
      const time = startOf(slice) + Math.floor(rng.next() * SLICE_US)
      const from = originals(slice - 1 - rng.int(6))
      const copyOf = from.length === 0 ? null : rng.pick(from)
      const author = rng.int(site.authors)
      if (copyOf !== null) add({ author, topic: copyOf.topic, copyOf, campaign: null }, time)
    }
    const block = Math.floor(slice / SPAM_BLOCK)
    const plot = random(seed, 0x59a5, block)
    const [start, topic] = [block * SPAM_BLOCK + plot.int(SPAM_BLOCK - SPAM_SLICES), plot.int(voices.length)]
    if (slice < start || slice >= start + SPAM_SLICES) return made
    for (let n = rng.poisson(site.spam); n > 0; n--) {
      const time = startOf(slice) + Math.floor(rng.next() * SLICE_US)
      const removal = rng.chance(0.8)
        ? { removal: { kind: "dead", at: time + Math.floor((300 + rng.exponential(2400)) * 1e6), until: null } as const }
        : {}
      add({ author: site.authors + block * 64 + rng.int(64), topic, copyOf: null, campaign: hash(seed, 0xca39, block), ...removal }, time)
    }
    return made
  }
}
