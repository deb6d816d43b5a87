import type { BusTopic } from "@signalflow/domain/bus/BusTopic"

/** Jetstream frames about posts of sampled authors, key = `<did>/<rkey>`. */
export const blueskyRaw = { name: "bluesky.posts.raw", partitions: 6 } satisfies BusTopic
