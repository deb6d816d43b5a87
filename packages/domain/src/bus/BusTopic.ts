/** A named, partitioned log. */
export interface BusTopic {
  readonly name: string
  readonly partitions: number
}

/** What processing consumes: `SignalEvent`s, key = what the event is about. */
export const signalsNormalised = { name: "signals.normalised", partitions: 6 } satisfies BusTopic

/** Where messages of a topic go that nothing can be done with. */
export const dlqTopicOf = ({ name }: BusTopic): BusTopic => ({ name: `${name}.dlq`, partitions: 1 })

const utf8 = new TextEncoder()
const m = 0x5bd1e995

/** The 32 bits of murmur2 over the UTF-8 of `key`, with Kafka's seed. */
export const murmur2 = (key: string): number => {
  const data = utf8.encode(key)
  const length = data.length
  let h = (0x9747b28c ^ length) | 0
  let i = 0
  for (; i + 4 <= length; i += 4) {
    let k = data[i]! | (data[i + 1]! << 8) | (data[i + 2]! << 16) | (data[i + 3]! << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    k = Math.imul(k, m)
    h = Math.imul(h, m) ^ k
  }
  const rest = length - i
  if (rest >= 3) h ^= data[i + 2]! << 16
  if (rest >= 2) h ^= data[i + 1]! << 8
  if (rest >= 1) h = Math.imul(h ^ data[i]!, m)
  h ^= h >>> 13
  h = Math.imul(h, m)
  h ^= h >>> 15
  return h
}

/** Kafka's default partitioner: every bus puts a key into the same partition. */
export const partitionOf = (key: string, partitions: number): number => (murmur2(key) & 0x7fffffff) % partitions
