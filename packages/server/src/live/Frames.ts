import { matches } from "@signalflow/domain/query/Matches"
import { allOf } from "@signalflow/domain/query/Query"
import type { LivePosition } from "@signalflow/domain/live/LivePosition"
import type { LiveEntry, LiveFilter, LiveFrame, LiveItem } from "@signalflow/domain/live/LiveFrame"

/** A frame of the feed, written out once for all clients that want it, and only when one does. */
export class Frame {
  readonly offset: number
  readonly epoch: string
  readonly item: LiveItem
  #event: Buffer | undefined
  #text: Buffer | undefined

  constructor(entry: LiveEntry) {
    this.offset = entry.offset
    this.epoch = entry.epoch
    this.item = entry.item
  }

  /** As a server-sent event. */
  get event(): Buffer {
    return this.#event ?? this.#write()
  }

  /** The JSON in it, which is what goes over a socket: the same bytes. */
  get bytes(): Buffer {
    if (this.#text === undefined) this.#write()
    return this.#text!
  }

  #write(): Buffer {
    const { epoch, offset, item } = this
    const head = `id: ${epoch}:${offset}\ndata: `
    const json = frameJson(
      item._tag === "Signal" ? { type: "signal", epoch, offset, signal: item.signal } : { type: "removed", epoch, offset, id: item.id },
    )
    const event = Buffer.from(`${head}${json}\n\n`)
    this.#event = event
    this.#text = event.subarray(Buffer.byteLength(head), event.length - 2)
    return event
  }
}

const frames = new WeakMap<LiveEntry, Frame>()

/** The frame of an entry: the same for all who read it, and gone with the entry, so that no removed text outlives the history. */
export const frameOf = (entry: LiveEntry): Frame => {
  let frame = frames.get(entry)
  if (frame === undefined) {
    frame = new Frame(entry)
    frames.set(entry, frame)
  }
  return frame
}

export const frameJson = (frame: LiveFrame): string => JSON.stringify(frame)

export const hello = (position: LivePosition): string => frameJson({ type: "hello", ...position })
export const position = (at: LivePosition): string => frameJson({ type: "position", ...at })
export const error = (code: string, message: string): string => frameJson({ type: "error", code, message })

/** Offsets `from` to `to` will not come any more; 0 to 0 = what was before this epoch, which counts from 1. */
export const gap = (epoch: string, from: number, to: number): string =>
  frameJson({ type: "gap", epoch, offset: to, from: Math.min(from, to), to })

export type Wants = (item: LiveItem) => boolean

/** A filter as one function: any of the values of a field, in every field that is given. Who sees a platform hears of its removals. */
export const compileFilter = ({ platforms, communities, topics, kinds }: LiveFilter): Wants => {
  const meant = matches(allOf({ platform: platforms, community: communities, topic: topics, kind: kinds }))
  const seen = platforms === undefined ? undefined : new Set(platforms)
  return (item) => (item._tag === "Removed" ? seen === undefined || seen.has(item.id.slice(0, item.id.indexOf(":"))) : meant(item.signal))
}
