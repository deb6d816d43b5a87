import type { BusTopic } from "@signalflow/domain/bus/BusTopic"

/** Videos and comments as the Data API gives them, key = the resource's id. */
export const youTubeRaw = { name: "youtube.comments.raw", partitions: 3 } satisfies BusTopic
