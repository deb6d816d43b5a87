import { keyOf } from "@signalflow/domain/sources/Source"
import { Health } from "@signalflow/ingest/health/SourceHealth"
import { Effect } from "effect"

/** What each target that is not live last said of itself, on one line; by platform and target. */
export const sourceStates = Effect.gen(function* () {
  const all = yield* (yield* Health).all
  const told = all.filter(({ state }) => state !== "live")
  return new Map(
    told.map(({ platform, target, state, why }) => [keyOf({ platform, target }), `${" ".repeat(13)}${state}: ${why ?? "no reason given"}`]),
  )
}).pipe(
  Effect.provide(Health.layer),
  // What a source says is an addition; the list is what was asked for.
  Effect.orElseSucceed(() => new Map<string, string>()),
)
