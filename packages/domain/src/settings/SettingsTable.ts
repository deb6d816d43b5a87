import type { Setting } from "./SettingKinds.ts"
import { definitions } from "./Settings.ts"

const cell = (text: string) => text.replaceAll("|", "\\|")

const row = ([name, setting]: readonly [string, Setting<unknown>]) =>
  `| \`${name}\` | ${setting.default === "" ? "" : `\`${setting.default.replaceAll("|", "\\|")}\``} | ${cell(setting.may)} | ${cell(setting.about)}${setting.secret ? " (secret)" : ""} |`

/** Every setting as a Markdown table: what `docs/configuration.md` holds. */
export const settingsTable = (): string =>
  ["| Variable | Default | May hold | What it is |", "|---|---|---|---|", ...Object.entries(definitions).map(row)].join("\n")
