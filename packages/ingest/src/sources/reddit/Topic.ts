import type { BusTopic } from "@signalflow/domain/BusTopic"
import type { SettingValues } from "@signalflow/domain/Settings"

/** Things as the API gives them, key = fullname: new posts, posts read again, comments. */
export const postsRaw = { name: "reddit.posts.raw", partitions: 3 } satisfies BusTopic
export const postsRefreshed = { name: "reddit.posts.refresh", partitions: 3 } satisfies BusTopic
export const commentsRaw = { name: "reddit.comments.raw", partitions: 3 } satisfies BusTopic

/** What discovery publishes, payload normalised. */
export const discoveryTopics = (settings: SettingValues) => ({
  submissions: { name: settings.TOPIC_REDDIT_SUBMISSIONS, partitions: 3 } satisfies BusTopic,
  comments: { name: settings.TOPIC_REDDIT_COMMENTS, partitions: 3 } satisfies BusTopic,
})
