import type { SettingValues } from "@signalflow/domain/settings/Settings"
import { fromSettings } from "@signalflow/platform/postgres/PostgresSettings"
import { Redacted } from "effect"

/** Which database the settings mean, without its user and password. */
export const databaseOf = (settings: SettingValues): string => {
  const given = fromSettings(settings)
  if (given === null) return "embedded"
  if (given.url === undefined) return `${given.host}:${given.port}/${given.database}`
  const { hostname, port, pathname } = new URL(Redacted.value(given.url))
  return `${hostname}:${port || 5432}${pathname}`
}
