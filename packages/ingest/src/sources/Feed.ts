import { Effect, Semaphore } from "effect"
import { intervalOf } from "../PollPlan.ts"
import { type Feed, type SourceAdapter, SourceError } from "../SourceAdapter.ts"
import { platform } from "./feed/Convert.ts"
import type { Permits } from "./feed/Download.ts"
import { poll } from "./feed/Poll.ts"
import { isPublicAddress } from "./feed/PublicAddress.ts"
import { feedRaw } from "./feed/Topic.ts"

const AT_ONCE = 8
const slots = Semaphore.make(AT_ONCE)

const addressOf = (target: string): Effect.Effect<URL, SourceError> => {
  const off = (message: string) => Effect.fail(new SourceError({ reason: "off", message }))
  const url = URL.parse(target)
  if (url === null || !/^https?:$/.test(url.protocol)) return off(`${target} is no address of a feed: write https://… or http://…`)
  return url.username === "" && url.password === "" ? Effect.succeed(url) : off("an address with a user name or password is not read")
}

/** RSS, Atom and JSON feeds, each a target named by its address, from the addresses that `permits` allows. */
export const feedFrom = (permits: Permits): SourceAdapter => ({
  platform,
  rawTopics: () => [feedRaw],
  targets: [],
  feeds: ({ config, runId, shared }) =>
    Effect.gen(function* () {
      const url = yield* addressOf(config.target)
      const watch = {
        url,
        target: config.target,
        runId,
        permits,
        everyMs: intervalOf(config),
        slots: yield* shared(slots),
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
