import { Settings } from "@signalflow/domain/settings/Settings"
import { Effect } from "effect"
import * as Hold from "../../src/running/Hold.ts"
import type { Kind } from "../../src/running/Marker.ts"

/** Claims a data directory as a starting program does, says so, and keeps it until its input ends. */
const [kind, directory] = process.argv.slice(2) as [Kind, string]
const claimed = Effect.gen(function* () {
  const held = yield* Hold.claim(kind)
  yield* held.listening({ port: 8123, metricsPort: 8124 })
  process.stdout.write("claimed\n")
  yield* Effect.callback<void>((resume) => void process.stdin.once("end", () => resume(Effect.void)).resume())
}).pipe(Effect.scoped, Effect.provide(Settings.layerWith({ DATA_DIR: directory })))

await Effect.runPromise(
  Effect.match(claimed, { onFailure: ({ message }) => void process.stdout.write(`${message}\n`), onSuccess: () => {} }),
)
