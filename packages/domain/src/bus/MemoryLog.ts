import type { BusRecord } from "./SignalBus.ts"
import { firstIndex } from "../Sorted.ts"

interface Stored extends BusRecord {
  readonly offset: number
  readonly publishedAt: number
}

/** One partition of a topic in memory: what was published to it and is still kept. */
export class MemoryLog {
  readonly topic: string
  readonly partition: number
  /** Everything before it was trimmed. */
  first = 0
  /** The offset of what is published next. */
  next = 0
  #messages: Array<Stored> = []

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  get size(): number {
    return this.#messages.length
  }

  append(record: BusRecord, publishedAt: number): void {
    this.#messages.push({ ...record, offset: this.next++, publishedAt })
  }

  /** What is kept from `offset` on, `most` of it at the most. */
  read(offset: number, most = Infinity): ReadonlyArray<Stored> {
    const from = this.#indexOf(offset)
    return this.#messages.slice(from, from + most)
  }

  /** The offset from which on `count` messages are kept; 0 where there are fewer. */
  lastOffsets(count: number): number {
    return this.#messages.at(-count)?.offset ?? 0
  }

  trim(before: number): void {
    this.#messages.splice(0, this.#indexOf(before))
    this.first = Math.max(this.first, before)
  }

  forget(key: string, before: number): void {
    this.#messages = this.#messages.filter((message) => message.key !== key || message.offset >= before)
  }

  #indexOf(offset: number): number {
    return firstIndex(this.#messages.length, (index) => this.#messages[index]!.offset >= offset)
  }
}
