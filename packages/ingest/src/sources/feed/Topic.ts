import type { BusTopic } from "@signalflow/domain/bus/BusTopic"

/** Items as the parser gives them, key = the native id of the signal. */
export const feedRaw = { name: "feed.items.raw", partitions: 3 } satisfies BusTopic
