import { isSet, type SettingValues } from "@signalflow/domain/settings/Settings"
import { SourceError } from "../../SourceAdapter.ts"

/** What is missing for Reddit to answer at all, or null. */
export const credentialsMissing = (settings: SettingValues): SourceError | null =>
  settings.REDDIT_CLIENT_ID === "" || !isSet(settings.REDDIT_CLIENT_SECRET)
    ? new SourceError({
        reason: "off",
        message: "Reddit needs an application's credentials: set REDDIT_CLIENT_ID and REDDIT_CLIENT_SECRET",
      })
    : null
