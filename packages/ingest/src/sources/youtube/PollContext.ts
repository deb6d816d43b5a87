import { Effect, Option, Stream } from "effect"
import { drop, Harvest } from "../../convert/Converted.ts"
import { emptyBatch, SourceError } from "../../SourceAdapter.ts"
import type { Api, Page, Refused } from "./Client.ts"
import type { Glimpse, Look, Looking } from "./Live.ts"
import { uploadsOf, videoIdOf } from "./Convert.ts"
import type { Target } from "./Target.ts"
import { harvestVideos, MOST_IDS, PARTS, readVideos } from "./Videos.ts"

/** The chart ends at about 200 videos. */
const CHART_PAGES = 6
/** How far an uploads playlist is read back: 1,000 videos. */
const UPLOAD_PAGES = 20
const LONG = 3_600_000

const nothing: Glimpse = { ...emptyBatch, end: true }
const glimpse = ({ events, raw, received, dropped }: Harvest, end: boolean): Glimpse => ({ events, raw, received, dropped, end })

/** The chart of a country, page by page; each look reads all counts anew. */
const mostPopular =
  (region: string): Look =>
  ({ api, runId, watchlist, first }) => {
    // The chart may move while it is read.
    const seen = new Set<string>()
    return Stream.paginate({ token: null as string | null, pages: 1 }, ({ token, pages }) => {
      const more = token === null ? {} : { pageToken: token }
      const params = { part: PARTS, chart: "mostPopular", regionCode: region, maxResults: String(MOST_IDS), ...more }
      return Effect.map(api.list("videos", params), (page) => {
        const known = (id: string) => (watchlist.has(id) ? "refresh" : first ? "backfill" : "new")
        const harvest = harvestVideos(withoutRepeats(page, seen), runId, known)
        const last = page.next === null || pages >= CHART_PAGES
        return [[glimpse(harvest, last)], last ? Option.none() : Option.some({ token: page.next, pages: pages + 1 })] as const
      })
    })
  }

const withoutRepeats = (page: Page, seen: Set<string>): Page => ({
  ...page,
  items: page.items.filter((item) => {
    const id = (item as { readonly id?: unknown } | null)?.id
    if (typeof id !== "string") return true
    if (seen.has(id)) return false
    seen.add(id)
    return true
  }),
})

const off = (message: string) => new SourceError({ reason: "off", message, retryAfterMs: LONG })

const playlistOf = Effect.fnUntraced(function* (api: Api, channel: string) {
  const by = channel.startsWith("@") ? { forHandle: channel } : { id: channel }
  const { items } = yield* api.list("channels", { part: "contentDetails", ...by })
  if (items.length === 0) return yield* off(`YouTube has no channel ${channel}`)
  const uploads = uploadsOf(items[0])
  if (uploads !== null) return uploads
  return yield* new SourceError({ reason: "malformed", message: `YouTube names no uploads of ${channel}` })
})

interface Found {
  /** Not known yet, oldest first. */
  readonly ids: ReadonlyArray<string>
  readonly harvest: Harvest
  readonly notice?: string
}

/** The videos of a page that are not known, in its order; what names no video is counted. */
const unknownOf = ({ items, askedAt }: Page, { watchlist }: Looking, harvest: Harvest, found: Set<string>) => {
  let known = 0
  for (const item of items) {
    const id = videoIdOf(item)
    if (id === null) {
      harvest.received++
      harvest.drop("no-video")
    } else if (watchlist.has(id)) {
      watchlist.listed(id, askedAt)
      known++
    } else if (!watchlist.isMissed(id, askedAt)) found.add(id)
  }
  return known
}

/** Reads what is new on a channel: pages of its uploads, newest first, until one holds something known. */
const uploadsFound = Effect.fnUntraced(function* (looking: Looking, channel: string) {
  const { api, memory, first } = looking
  memory.uploads ??= yield* playlistOf(api, channel)
  const found = new Set<string>()
  const harvest = new Harvest()
  let token: string | null = null
  for (let pages = 1; ; pages++) {
    const more: Record<string, string> = token === null ? {} : { pageToken: token }
    const page: Page = yield* api.list("playlistItems", {
      part: "contentDetails",
      playlistId: memory.uploads,
      maxResults: String(MOST_IDS),
      ...more,
    })
    const known = unknownOf(page, looking, harvest, found)
    token = page.next
    if (known > 0 || first || token === null) return { ids: [...found].reverse(), harvest }
    if (pages >= UPLOAD_PAGES)
      return { ids: [...found].reverse(), harvest, notice: `more than ${UPLOAD_PAGES * MOST_IDS} uploads since the last look` }
  }
})

const channelFound = (looking: Looking, channel: string): Effect.Effect<Found, SourceError | Refused> =>
  Effect.catchTag(uploadsFound(looking, channel), "Refused", (refused) => {
    if (refused.why !== "not-found") return Effect.fail(refused)
    // A channel without a public video has no playlist; one that has moved is asked for anew.
    looking.memory.uploads = null
    return Effect.succeed({ ids: [], harvest: new Harvest(), notice: `channel ${channel} shows no uploads` })
  })

/** The newest fifty that a search finds: one call of a hundred a day. */
const searchFound = Effect.fnUntraced(function* (looking: Looking, words: string) {
  const { api, first } = looking
  const harvest = new Harvest()
  const found = new Set<string>()
  const page = yield* api.list("search", { part: "snippet", type: "video", order: "date", maxResults: String(MOST_IDS), q: words })
  const known = unknownOf(page, looking, harvest, found)
  const missed = !first && known === 0 && page.next !== null && found.size >= MOST_IDS
  const notice = missed ? { notice: `more than ${MOST_IDS} videos since the last search: some were not seen` } : {}
  return { ids: [...found].reverse(), harvest, ...notice }
})

/** Reads the videos that were found, oldest first: cut anywhere, what is left is still ahead of what is known. */
const reading =
  (find: (looking: Looking) => Effect.Effect<Found, SourceError | Refused>): Look =>
  (looking) =>
    Stream.unwrap(
      Effect.map(find(looking), ({ ids, harvest, notice }) => {
        const heard = { ...glimpse(harvest, ids.length === 0), ...(notice === undefined ? {} : { notice }) }
        if (ids.length === 0) return Stream.succeed({ ...nothing, ...heard })
        const { api, runId, watchlist, first } = looking
        const videos = Stream.unfold(0, (from) => {
          if (from >= ids.length) return Effect.succeed(undefined)
          const to = Math.min(from + MOST_IDS, ids.length)
          return Effect.map(readVideos(api, ids.slice(from, to), runId, first ? "backfill" : "new"), (read) => {
            for (const _ of read.absent) read.harvest.add(drop("not-public"))
            watchlist.note(read.harvest.events, true)
            watchlist.missed(ids.slice(from, to), read.askedAt)
            return [glimpse(read.harvest, to >= ids.length), to] as const
          })
        })
        return Stream.concat(Stream.succeed(heard), videos)
      }),
    )

export const lookAt = (target: Target): Look => {
  switch (target._tag) {
    case "MostPopular":
      return mostPopular(target.region)
    case "Channel":
      return reading((looking) => channelFound(looking, target.channel))
    case "Search":
      return reading((looking) => searchFound(looking, target.words))
  }
}
