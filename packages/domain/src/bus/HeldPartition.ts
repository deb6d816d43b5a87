import { OffsetTracker } from "./OffsetTracker.ts"

/** One partition in the hands of one consumer: where it reads, what is un-acknowledged and what may be committed. No I/O. */
export class HeldPartition {
  readonly topic: string
  readonly partition: number
  /** The next offset to read. */
  position: number
  /** What the bus has recorded. */
  committed: number
  /** What may be recorded: everything before it is acknowledged. */
  committable: number
  /** Given up: nothing more is read, and it goes once nothing is un-acknowledged or this time (milliseconds, of a clock that nobody sets) has passed. */
  leavingBy: number | null = null
  /** No longer ours: an acknowledgement has no effect. */
  lost = false
  readonly #tracker = new OffsetTracker()

  constructor(topic: string, partition: number, from: number) {
    this.topic = topic
    this.partition = partition
    this.position = from
    this.committed = from
    this.committable = from
  }

  /** Deliveries that were made and are not part of the acknowledged prefix. */
  get pending(): number {
    return this.#tracker.pending
  }

  /** How many more may be delivered now. */
  room(maxInFlight: number): number {
    return this.lost || this.leavingBy !== null ? 0 : Math.max(0, maxInFlight - this.pending)
  }

  delivered(offset: number): void {
    this.#tracker.delivered(offset)
    this.position = offset + 1
  }

  /** The log was read up to `offset` and had nothing more: what is missing before it was removed and needs no acknowledgement. */
  readTo(offset: number): void {
    this.position = Math.max(this.position, offset)
    if (this.pending === 0) this.committable = Math.max(this.committable, this.position)
  }

  /** Whether there is something new to commit. */
  ack(offsets: Iterable<number>): boolean {
    if (this.lost) return false
    const next = this.#tracker.ack(offsets)
    if (next !== null) this.committable = next
    return this.committable > this.committed
  }
}
