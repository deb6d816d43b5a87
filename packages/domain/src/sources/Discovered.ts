import { Schema } from "effect"
import type { BusTopic } from "../bus/BusTopic.ts"
import { RawEvent } from "../signals/RawEvent.ts"
import { SCHEMA_VERSION } from "../signals/Signal.ts"
import type { SettingValues } from "../settings/Settings.ts"
import { BODY_LIMIT, TITLE_LIMIT } from "../signals/Text.ts"

/** Where discovery publishes, beside its signals. Key = fullname. */
export const discoveryTopics = (settings: SettingValues) => ({
  submissions: { name: settings.TOPIC_REDDIT_SUBMISSIONS, partitions: 3 } satisfies BusTopic,
  comments: { name: settings.TOPIC_REDDIT_COMMENTS, partitions: 3 } satisfies BusTopic,
})

const text = (limit: number) => Schema.String.check(Schema.isMaxLength(limit))
const count = Schema.NullOr(Schema.Int)
const nativeId = Schema.String.check(Schema.isPattern(/^[0-9a-z]{1,13}$/))
const link = Schema.String.check(Schema.isMaxLength(2_048), Schema.isPattern(/^https?:\/\//i))

/** A post as discovery publishes it: ids as Reddit writes them, `created_utc` in unix seconds, texts plain; null where Reddit says nothing. */
export const Submission = Schema.Struct({
  id: nativeId,
  subreddit: text(200),
  author: Schema.NullOr(text(300)),
  title: text(TITLE_LIMIT),
  body: text(BODY_LIMIT),
  created_utc: Schema.Finite,
  score: count,
  num_comments: count,
  url: link,
  permalink: link,
  flair: Schema.NullOr(text(200)),
})
export type Submission = typeof Submission.Type

/** A comment: the same, with what it answers (`parent_id`, a post or a comment) and the post that it stands under (`link_id`), by fullname. */
export const DiscoveredComment = Schema.Struct({
  ...Submission.fields,
  parent_id: Schema.String.check(Schema.isPattern(/^t[13]_[0-9a-z]{1,13}$/)),
  link_id: Schema.String.check(Schema.isPattern(/^t3_[0-9a-z]{1,13}$/)),
})
export type DiscoveredComment = typeof DiscoveredComment.Type

export const postSorts = ["hot", "new", "top", "rising"] as const
export type PostSort = (typeof postSorts)[number]

const envelope = {
  source: Schema.Literal("reddit"),
  mode: Schema.Literal("trending"),
  emitted_at: RawEvent.fields.emitted_at,
  metadata: Schema.Struct({ subreddit: text(200), post_sort: Schema.Literals(postSorts) }),
  schema_version: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: SCHEMA_VERSION })),
}

/** A `RawEvent` whose payload is normalised. */
export const SubmissionFound = Schema.Struct({ ...envelope, entity_type: Schema.Literal("reddit_submission"), payload: Submission })
export const CommentFound = Schema.Struct({ ...envelope, entity_type: Schema.Literal("reddit_comment"), payload: DiscoveredComment })
export type Found = typeof SubmissionFound.Type | typeof CommentFound.Type
