import { type BusTopic, dlqTopicOf, signalsNormalised } from "./BusTopic.ts"
import type { SettingValues } from "./Settings.ts"

/** Topics whose messages may become dead letters, and to which those are replayed. */
export const sourceTopics = (settings: SettingValues): ReadonlyArray<BusTopic> => [
  signalsNormalised,
  { name: settings.TOPIC_REDDIT_SUBMISSIONS, partitions: 3 },
  { name: settings.TOPIC_REDDIT_COMMENTS, partitions: 3 },
]

export const dlqTopics = (settings: SettingValues): ReadonlyArray<BusTopic> => sourceTopics(settings).map(dlqTopicOf)
