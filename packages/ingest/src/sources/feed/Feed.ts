import { Effect, Result, type Scope, Semaphore } from "effect"
import { intervalOf } from "../../PollPlan.ts"
import { type Feed, type SourceAdapter, SourceError } from "../../SourceAdapter.ts"
import { platform } from "./Convert.ts"
import type { Permits } from "./Client.ts"
import { poll } from "./Live.ts"
import { isPublicAddress } from "./PublicAddress.ts"
import { makeReader, type Reader } from "./Reader.ts"
import { addressOf, rulesFor } from "./Target.ts"
import { feedRaw } from "./Topic.ts"

const AT_ONCE = 8
/** What all feeds share: the downloads at a time, and the thread that reads what they bring. */
const shop = (reader: Effect.Effect<Reader, never, Scope.Scope>) => Effect.all({ slots: Semaphore.make(AT_ONCE), reader })

/** RSS, Atom and JSON feeds, each a target named by its address, from the addresses that `permits` allows. */
export const feedFrom = (permits: Permits, reader = makeReader()): SourceAdapter => ({
  platform,
  rawTopics: () => [feedRaw],
  rules: rulesFor(permits),
  targets: [],
  feeds: ({ config, runId, shared }) =>
    Effect.gen(function* () {
      const address = addressOf(config.target)
      if (Result.isFailure(address)) return yield* new SourceError({ reason: "off", message: address.failure })
      const url = address.success
      const watch = {
        url,
        target: config.target,
        runId,
        permits,
        everyMs: intervalOf(config),
        ...(yield* shared(shop(reader))),
      }
      const live: Feed = {
        name: "live",
        cursor: config.target,
        silenceMs: () => watch.everyMs * 3 + 15_000,
        batches: (position) => poll(watch, position),
      }
      return [live]
    }),
})

export const feed = feedFrom(isPublicAddress)
