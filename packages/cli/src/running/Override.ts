import { definitions, type SettingName, type SettingValues } from "@signalflow/domain/settings/Settings"
import type { Setting } from "@signalflow/domain/settings/SettingKinds"
import { Option } from "effect"

const table: Readonly<Record<string, Setting<unknown>>> = definitions

/** Everything that would lead a demo out of its directory. */
export const INSIDE: Readonly<Partial<Record<SettingName, string>>> = {
  DATABASE_URL: "",
  POSTGRES_HOST: "",
  POSTGRES_REPLICA_HOST: "",
  KAFKA_BOOTSTRAP_SERVERS: "",
  REDIS_URL: "",
}

/** Settings with some of them replaced by what is written here as in the environment; what cannot be read stays as it was. */
export const override = (settings: SettingValues, texts: Readonly<Record<string, string>>): SettingValues => ({
  ...settings,
  ...Object.fromEntries(
    Object.entries(texts).flatMap(([name, text]) => {
      const parsed = table[name]?.parse(text) ?? Option.none()
      return Option.isSome(parsed) ? [[name, parsed.value]] : []
    }),
  ),
})
