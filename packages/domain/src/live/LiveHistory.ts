import { Deferred, Effect, Stream } from "effect"
import type { LiveMissed, LivePosition } from "./LivePosition.ts"
import type { LiveEntry } from "./LiveFrame.ts"
import { firstIndex } from "../Sorted.ts"

/** Offsets `from` to `to` of an epoch, with what is kept of them: the entries of removed signals are not. */
export interface LiveStretch {
  readonly epoch: string
  readonly from: number
  readonly to: number
  readonly entries: ReadonlyArray<LiveEntry>
}

/** What the kept entries take in memory, roughly, in bytes: past it the oldest go, however few they are. */
const LIMIT_BYTES = 32 * 1024 * 1024
const ENTRY_BYTES = 1_000

const sizeOf = ({ item }: LiveEntry): number =>
  item._tag === "Signal" ? ENTRY_BYTES + 2 * (item.signal.title.length + item.signal.body.length) : ENTRY_BYTES

/** Entries that a reader is given at a time. */
const CHUNK = 1_000

/** Where a reader stands. `before`: it waits for its epoch, which this history, still in another one, has not come to. */
interface Reader extends LivePosition {
  readonly before: string | null
}

type Step = readonly [ReadonlyArray<LiveEntry> | LiveMissed, Reader]

/**
 * The last entries of the feed in this process. Readers take from it at their own pace, so a slow one costs nothing and holds nobody:
 * it is told what it lost when it comes back.
 */
export class LiveHistory {
  readonly #limit: number
  #epoch: string
  #entries: Array<LiveEntry> = []
  #bytes = 0
  #offset = 0
  /** Everything from here on is kept, except signals that were removed since. */
  #floor = 1
  #closed = false
  #grown = Deferred.makeUnsafe<void>()

  constructor(limit: number, epoch: string) {
    this.#limit = limit
    this.#epoch = epoch
  }

  get position(): LivePosition {
    return { epoch: this.#epoch, offset: this.#offset }
  }

  /** Another epoch begins anew; a stretch that does not follow the last one leaves all before it behind. */
  append({ epoch, from, to, entries }: LiveStretch): void {
    if (epoch !== this.#epoch || from !== this.#offset + 1) {
      this.#epoch = epoch
      this.#entries = []
      this.#bytes = 0
      this.#floor = from
    }
    const removedAt = new Map<string, number>()
    for (const { item, offset } of entries) if (item._tag === "Removed") removedAt.set(item.id, offset)
    const stays = ({ item, offset }: LiveEntry) => item._tag !== "Signal" || !(offset < (removedAt.get(item.signal.id) ?? 0))
    if (removedAt.size > 0) {
      this.#entries = this.#entries.filter(stays)
      this.#bytes = this.#entries.reduce((sum, entry) => sum + sizeOf(entry), 0)
    }
    for (const entry of entries) {
      if (!stays(entry)) continue
      this.#entries.push(entry)
      this.#bytes += sizeOf(entry)
    }
    this.#offset = to
    this.#trim()
    this.#wake()
  }

  #trim(): void {
    const entries = this.#entries
    let start = entries.length > this.#limit * 1.2 ? entries.length - this.#limit : 0
    for (let n = 0; n < start; n++) this.#bytes -= sizeOf(entries[n]!)
    // A little further than needed, so that it is not copied for every entry that comes.
    if (this.#bytes > LIMIT_BYTES)
      while (this.#bytes > LIMIT_BYTES * 0.8 && start < entries.length - 1) this.#bytes -= sizeOf(entries[start++]!)
    if (start === 0) return
    this.#entries = entries.slice(start)
    this.#floor = this.#entries[0]!.offset
  }

  /**
   * What comes after `position`, and then everything as it comes; `LiveMissed` where that is not kept. Of an epoch that is not this one's:
   * everything that is kept, unless `isAhead` says that this history has yet to come to it.
   */
  read(position: LivePosition, isAhead = false): Stream.Stream<ReadonlyArray<LiveEntry> | LiveMissed> {
    const start: Reader = { ...position, before: isAhead && position.epoch !== this.#epoch ? this.#epoch : null }
    return Stream.unfold(start, (reader) => this.#next(reader))
  }

  /** Ends all readers. */
  close(): void {
    this.#closed = true
    this.#wake()
  }

  #wake(): void {
    const grown = this.#grown
    this.#grown = Deferred.makeUnsafe()
    Deferred.doneUnsafe(grown, Effect.void)
  }

  #next(reader: Reader): Effect.Effect<Step | undefined> {
    return Effect.suspend(() => {
      if (this.#closed) return Effect.succeed(undefined)
      const step = this.#step(reader)
      return step === null ? Effect.flatMap(Deferred.await(this.#grown), () => this.#next(reader)) : Effect.succeed(step)
    })
  }

  #step({ epoch, offset, before }: Reader): Step | null {
    if (epoch !== this.#epoch) return before === this.#epoch ? null : this.#miss(0)
    if (offset + 1 < this.#floor) return this.#miss(offset + 1)
    const start = firstIndex(this.#entries.length, (index) => this.#entries[index]!.offset > offset)
    if (start === this.#entries.length) return null
    const entries = this.#entries.slice(start, start + CHUNK)
    return [entries, { epoch, offset: entries.at(-1)!.offset, before: null }]
  }

  #miss(from: number): Step {
    const to = this.#floor - 1
    return [
      { _tag: "Missed", epoch: this.#epoch, from, to },
      { epoch: this.#epoch, offset: to, before: null },
    ]
  }
}
