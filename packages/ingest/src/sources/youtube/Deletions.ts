import { nativeOf, type SignalId, signalId } from "@signalflow/domain/signals/Signal"
import { Effect } from "effect"
import type { SourceError } from "../../SourceAdapter.ts"
import type { Api, Refused } from "./Client.ts"
import { removal } from "./Removal.ts"
import { repliedOf } from "./Replies.ts"
import { platform } from "./Convert.ts"
import { absentFrom, MOST_IDS } from "./Videos.ts"
import type { Known } from "./Watchlist.ts"

const WHY = "no longer on YouTube: deleted by its author or a moderator"

/** One look at the comments of a video: threads from the newest down to `oldest`. */
export interface Look {
  readonly video: string
  readonly threads: ReadonlyArray<unknown>
  /** Creation of the oldest top comment that the look must hold if it still exists, unix milliseconds; -Infinity = all of them. */
  readonly oldest: number
  /** How many comments there were at the look before, and now. */
  readonly before: number
  readonly count: number
}

/**
 * Ids of known comments that a look should hold and does not: top comments newer than its oldest, with their replies, and replies in threads of which it
 * holds all. Pages may shift while they are read, so that being left out is a suspicion, no more.
 */
export const suspects = (known: ReadonlyMap<SignalId, Known>, { video, threads, oldest }: Look): ReadonlyArray<SignalId> => {
  const held = new Set<string>()
  const whole = new Set<string>()
  for (const thread of threads) {
    const of = repliedOf(thread)
    if (of === null) continue
    const top = signalId(platform, of.id)
    held.add(top)
    for (const reply of of.held) held.add(signalId(platform, String((reply as { readonly id?: unknown } | null)?.id)))
    if (of.held.length >= of.total) whole.add(top)
  }
  const left = [...known].filter(([id]) => !held.has(id))
  const above = signalId(platform, video)
  const tops = new Set(left.filter(([, { parentId, publishedAt }]) => parentId === above && publishedAt > oldest).map(([id]) => id))
  const replies = left.filter(([, { parentId }]) => parentId !== null && (whole.has(parentId) || tops.has(parentId)))
  return [...tops, ...replies.map(([id]) => id)]
}

/** Of `ids`, those that YouTube does not give when it is asked for them by id. */
const absent = (api: Api, ids: ReadonlyArray<SignalId>): Effect.Effect<ReadonlyArray<SignalId>, SourceError | Refused> =>
  Effect.gen(function* () {
    const gone: Array<SignalId> = []
    for (let from = 0; from < ids.length; from += MOST_IDS) {
      const some = ids.slice(from, from + MOST_IDS).map(nativeOf)
      const page = yield* api.list("comments", { part: "id", id: some.join(",") })
      gone.push(...absentFrom(page, some).map((id) => signalId(platform, id)))
    }
    return gone
  })

/**
 * The known comments that are gone: left out by two answers. Costs one unit where the look has left something out; where there are fewer comments than
 * before and the look does not say which are missing, all that are known are asked for, fifty a unit.
 */
export const deletions = Effect.fnUntraced(function* (api: Api, known: ReadonlyMap<SignalId, Known>, look: Look) {
  const left = suspects(known, look)
  const hidden = look.before - look.count > left.length
  const asked = hidden ? yield* absent(api, [...known.keys()]) : left
  return asked.length === 0 ? [] : yield* absent(api, asked)
})

export const removedComment = (id: SignalId, at: number) => removal(id, at, WHY)
