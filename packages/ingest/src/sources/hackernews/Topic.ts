import type { BusTopic } from "@signalflow/domain/bus/BusTopic"

/** Items as Firebase and the search index give them, key = the item's number. */
export const hackerNewsRaw = { name: "hackernews.stories.raw", partitions: 3 } satisfies BusTopic
