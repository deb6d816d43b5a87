import { type BusTopic, dlqTopicOf, signalsNormalised } from "../bus/BusTopic.ts"
import { discoveryTopics } from "../sources/Discovered.ts"
import type { SettingValues } from "../settings/Settings.ts"

/** Topics whose messages may become dead letters, and to which those are replayed. */
export const sourceTopics = (settings: SettingValues): ReadonlyArray<BusTopic> => [
  signalsNormalised,
  ...Object.values(discoveryTopics(settings)),
]

export const dlqTopics = (settings: SettingValues): ReadonlyArray<BusTopic> => sourceTopics(settings).map(dlqTopicOf)
