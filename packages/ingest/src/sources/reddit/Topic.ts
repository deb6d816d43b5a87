import type { BusTopic } from "@signalflow/domain/bus/BusTopic"

/** Things as the API gives them, key = fullname: new posts, posts read again, comments. */
export const postsRaw = { name: "reddit.posts.raw", partitions: 3 } satisfies BusTopic
export const postsRefreshed = { name: "reddit.posts.refresh", partitions: 3 } satisfies BusTopic
export const commentsRaw = { name: "reddit.comments.raw", partitions: 3 } satisfies BusTopic
