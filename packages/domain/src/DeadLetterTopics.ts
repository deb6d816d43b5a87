import { type BusTopic, dlqTopicOf, signalsNormalised } from "./BusTopic.ts"
import { discoveryTopics } from "./Discovered.ts"
import type { SettingValues } from "./Settings.ts"

/** Topics whose messages may become dead letters, and to which those are replayed. */
export const sourceTopics = (settings: SettingValues): ReadonlyArray<BusTopic> => [
  signalsNormalised,
  ...Object.values(discoveryTopics(settings)),
]

export const dlqTopics = (settings: SettingValues): ReadonlyArray<BusTopic> => sourceTopics(settings).map(dlqTopicOf)
