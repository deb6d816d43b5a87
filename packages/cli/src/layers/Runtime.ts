import { Settings } from "@signalflow/domain/settings/Settings"
import * as Logging from "@signalflow/platform/telemetry/Logging"
import { Effect, Layer } from "effect"

/** Settings from the environment, and logs as they say. */
export const runtime = Layer.unwrap(
  Effect.map(Settings, (settings) => Logging.layer({ level: settings.LOG_LEVEL, format: settings.LOG_FORMAT })),
).pipe(Layer.provideMerge(Settings.layer))
