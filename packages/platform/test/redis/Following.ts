import type { LiveSubscriber } from "@signalflow/domain/live/LiveFeed"
import type { LiveMissed, LivePosition } from "@signalflow/domain/live/LivePosition"
import type { LiveEntry, LiveItem } from "@signalflow/domain/live/LiveFrame"
import { Effect, Stream } from "effect"

export interface Seen {
  /** Entries and gaps, in order. */
  readonly all: Array<LiveEntry | LiveMissed>
  readonly entries: () => ReadonlyArray<LiveEntry>
  readonly gaps: () => ReadonlyArray<LiveMissed>
  readonly lastId: () => string | undefined
}

export const idOf = (item: LiveItem) => (item._tag === "Signal" ? item.signal.id : `-${item.id}`)
const isMissed = (seen: LiveEntry | LiveMissed): seen is LiveMissed => "_tag" in seen

/** Runs a reader in the background for the rest of the test; from now on, by default, as this connection sees it. */
export const follow = (subscriber: LiveSubscriber["Service"], resume?: LivePosition) =>
  Effect.gen(function* () {
    const all: Array<LiveEntry | LiveMissed> = []
    yield* subscriber.entries(resume ?? (yield* Effect.orDie(subscriber.position))).pipe(
      Stream.runForEach((chunk) => Effect.sync(() => void ("_tag" in chunk ? all.push(chunk) : all.push(...chunk)))),
      Effect.orDie,
      Effect.forkScoped({ startImmediately: true }),
    )
    const entries = () => all.filter((seen): seen is LiveEntry => !isMissed(seen))
    const seen: Seen = {
      all,
      entries,
      gaps: () => all.filter(isMissed),
      lastId: () => {
        const last = entries().at(-1)
        return last === undefined ? undefined : idOf(last.item)
      },
    }
    return seen
  })

/** Every offset of the feed's last epoch was seen or told as missed, in order. */
export const isWhole = ({ all }: Seen): boolean => {
  let at: LivePosition | undefined
  return all.every((seen) => {
    const [from, to] = isMissed(seen) ? [seen.from, seen.to] : [seen.offset, seen.offset]
    const follows = at === undefined || (at.epoch === seen.epoch ? from === at.offset + 1 : isMissed(seen) && from === 0)
    at = { epoch: seen.epoch, offset: to }
    return follows
  })
}
