import type { SettingValues } from "@signalflow/domain/settings/Settings"
import { join } from "node:path"
import type { Kind } from "./Marker.ts"

/** Where each keeps its database: the demo beside the real one, never in it. */
export const directoryOf = (kind: Kind, { DATA_DIR }: Pick<SettingValues, "DATA_DIR">): string =>
  kind === "demo" ? join(DATA_DIR, "demo") : DATA_DIR
