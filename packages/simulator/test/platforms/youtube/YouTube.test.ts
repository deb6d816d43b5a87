import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { TruthSignal } from "../../../src/truth/Truth.ts"
import { type Answer, ask, type Json, post, type Running, START, start, youTubeCall } from "../../harness.ts"
import { data, differences, recordedIn, thingsIn } from "../../Recorded.ts"

const reasonOf = ({ json }: Answer): string => json.error.errors[0].reason

/** A page at a time until there is no more; the items. */
const everything = (simulator: Running, method: string, parameters: Readonly<Record<string, string | number>>) =>
  Effect.gen(function* () {
    const items: Array<Json> = []
    let pageToken = ""
    do {
      const { status, json }: Answer = yield* youTubeCall(simulator, method, { ...parameters, ...(pageToken === "" ? {} : { pageToken }) })
      assert.strictEqual(status, 200)
      items.push(...json.items)
      pageToken = json.nextPageToken ?? ""
    } while (pageToken !== "")
    return items
  })

const channelsOf = (simulator: Running) =>
  Effect.map(everything(simulator, "search", { part: "snippet", type: "channel", q: "", maxResults: 50 }), (items) =>
    items.map(({ id: { channelId } }) => channelId as string),
  )

const planted = (simulator: Running) => simulator.truth({ platform: "youtube" }).signals
const native = ({ id }: TruthSignal) => id.slice("youtube:".length)

describe("YouTube's refusals", () => {
  it.live("are for keys, parts, parameters, ranges and tokens that it does not take", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      for (const query of ["part=snippet&chart=mostPopular", "part=snippet&chart=mostPopular&key=wrong"]) {
        const { status, json } = yield* ask(simulator, `/youtube/v3/videos?${query}`)
        assert.strictEqual(status, 400)
        assert.strictEqual(json.error.message, "API key not valid. Please pass a valid API key.")
        assert.strictEqual(json.error.details[0].reason, "API_KEY_INVALID")
      }
      const header = yield* ask(simulator, "/youtube/v3/videos?part=id&chart=mostPopular", {
        headers: { "x-goog-api-key": "simulated-key" },
      })
      assert.strictEqual(header.status, 200)

      const fifty = Array.from({ length: 51 }, (_, n) => `id-${n}`).join(",")
      const refused = [
        ["videos", { chart: "mostPopular" }, "required"],
        ["videos", { part: "snippet,stats", chart: "mostPopular" }, "unknownPart"],
        ["videos", { part: "snippet" }, "missingRequiredParameter"],
        ["videos", { part: "snippet", id: "a", chart: "mostPopular" }, "incompatibleParameters"],
        ["videos", { part: "snippet", id: fifty }, "invalidFilters"],
        ["videos", { part: "snippet", chart: "leastPopular" }, "invalidParameter"],
        ["videos", { part: "snippet", chart: "mostPopular", maxResults: 51 }, "invalidParameter"],
        ["videos", { part: "snippet", chart: "mostPopular", pageToken: "CAUQAA" }, "invalidPageToken"],
        ["videos", { part: "snippet", chart: "mostPopular", region: "US" }, "invalid"],
        ["playlistItems", { part: "snippet", playlistId: "UUnowhere", maxResults: 10 }, "playlistNotFound"],
        ["commentThreads", { part: "snippet", videoId: "AAAAAAAAAAA" }, "videoNotFound"],
        ["commentThreads", { part: "snippet", videoId: "a", maxResults: 101 }, "invalidParameter"],
        ["commentThreads", { part: "snippet", videoId: "a", order: "newest" }, "invalidParameter"],
        ["commentThreads", { part: "snippet", videoId: "a", textFormat: "plain" }, "invalidParameter"],
        ["search", { part: "snippet", order: "new" }, "invalidParameter"],
        ["search", { part: "snippet", publishedAfter: "yesterday" }, "invalidParameter"],
      ] as const
      for (const [method, parameters, reason] of refused) {
        const answer = yield* youTubeCall(simulator, method, parameters as Record<string, string | number>)
        assert.strictEqual(answer.status, reason.endsWith("NotFound") ? 404 : 400, reason)
        assert.strictEqual(reasonOf(answer), reason)
        assert.strictEqual(answer.json.error.code, answer.status)
      }
      assert.strictEqual((yield* ask(simulator, "/youtube/v3/captions?key=simulated-key")).status, 404)
    }),
  )

  it.live("are for comments where there are none to be", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const videos = planted(simulator).filter(({ kind, removed }) => kind === "video" && removed === null)
      const found = yield* Effect.forEach(videos.slice(-50), (video) =>
        youTubeCall(simulator, "commentThreads", { part: "snippet", videoId: native(video) }),
      )
      const disabled = found.filter(({ status }) => status !== 200)
      assert.isAbove(disabled.length, 0)
      assert.isBelow(disabled.length, 20)
      for (const answer of disabled) {
        assert.strictEqual(answer.status, 403)
        assert.strictEqual(reasonOf(answer), "commentsDisabled")
        assert.strictEqual(answer.json.error.errors[0].domain, "youtube.commentThread")
      }
      const off = videos.slice(-50).filter((_, n) => found[n]!.status === 403)
      const { json } = yield* youTubeCall(simulator, "videos", { part: "statistics", id: off.map(native).join(",") })
      for (const { statistics } of json.items) assert.isUndefined(statistics.commentCount)
    }),
  )
})

describe("YouTube's budget", () => {
  it.live("ends with the day's units, failed calls included, and begins again at midnight Pacific", () =>
    Effect.gen(function* () {
      const simulator = yield* start({ youtube: { unitsPerDay: 5, searchesPerDay: 2 } })
      const call = () => youTubeCall(simulator, "videos", { part: "id", id: "a" })
      const search = () => youTubeCall(simulator, "search", { part: "id", q: "x" })
      for (let n = 0; n < 4; n++) assert.strictEqual((yield* call()).status, 200)
      assert.strictEqual((yield* youTubeCall(simulator, "videos", { part: "id" })).status, 400)
      const gone = yield* call()
      assert.strictEqual(gone.status, 403)
      assert.strictEqual(reasonOf(gone), "quotaExceeded")
      assert.strictEqual(gone.json.error.errors[0].domain, "youtube.quota")

      assert.strictEqual((yield* search()).status, 200)
      assert.strictEqual((yield* search()).status, 200)
      assert.strictEqual(reasonOf(yield* search()), "quotaExceeded")
      // The world stands at midnight UTC, seven hours before midnight in California in summer.
      simulator.advance(7 * 3_600_000 - 1)
      assert.strictEqual((yield* call()).status, 403)
      simulator.advance(1)
      assert.strictEqual((yield* call()).status, 200)
      assert.strictEqual((yield* search()).status, 200)
      simulator.setFaults({ quotaGone: true })
      assert.strictEqual(reasonOf(yield* call()), "quotaExceeded")
    }),
  )
})

describe("YouTube's videos", () => {
  it.live("are found by uploads lists, newest first, all that the truth holds and no other", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const channels = yield* channelsOf(simulator)
      assert.lengthOf(channels, 60)
      const { json } = yield* youTubeCall(simulator, "channels", { part: "contentDetails,statistics", id: channels.slice(0, 50).join(",") })
      assert.lengthOf(json.items, 50)
      assert.deepStrictEqual((yield* youTubeCall(simulator, "channels", { part: "id", id: "UCnobody" })).json.items, undefined)
      const found: Array<string> = []
      for (const id of channels) {
        const playlistId = `UU${id.slice(2)}`
        const items = yield* everything(simulator, "playlistItems", { part: "contentDetails,snippet", playlistId, maxResults: 3 })
        const dates = items.map(({ contentDetails }) => contentDetails.videoPublishedAt)
        assert.deepStrictEqual(dates, dates.toSorted().toReversed())
        assert.deepStrictEqual(
          items.map(({ snippet: { position } }) => position),
          items.map((_, n) => n),
        )
        assert.isTrue(items.every(({ snippet: { channelId } }) => channelId === id))
        found.push(...items.map(({ contentDetails: { videoId } }) => videoId))
      }
      const uploads = json.items[0].contentDetails.relatedPlaylists.uploads
      assert.strictEqual(uploads, `UU${channels[0]!.slice(2)}`)
      assert.deepStrictEqual(
        found.toSorted(),
        planted(simulator)
          .filter(({ kind, removed }) => kind === "video" && removed === null)
          .map(native)
          .toSorted(),
      )
    }),
  )

  it.live("are told fifty a call, with counts that grow; what is gone is absent", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const videos = planted(simulator).filter(({ kind }) => kind === "video")
      const seen = videos.filter(({ removed }) => removed === null).slice(-45)
      const gone = videos.filter(({ removed }) => removed !== null).slice(-5)
      assert.lengthOf(gone, 5)
      const read = () => youTubeCall(simulator, "videos", { part: "snippet,statistics", id: [...seen, ...gone].map(native).join(",") })
      const first = (yield* read()).json
      assert.deepStrictEqual(
        first.items.map(({ id }: { id: string }) => id),
        seen.map(native),
      )
      assert.deepStrictEqual(first.pageInfo, { totalResults: 45, resultsPerPage: 45 })
      for (const [n, { snippet }] of first.items.entries()) assert.strictEqual(Date.parse(snippet.publishedAt), seen[n]!.publishedAt)
      simulator.advance(600_000)
      const later = new Map<string, string>((yield* read()).json.items.map((item: Json) => [item.id, item.statistics.viewCount]))
      const views = first.items
        .filter(({ id }: { id: string }) => later.has(id))
        .map((item: Json) => [Number(item.statistics.viewCount), Number(later.get(item.id))])
      assert.isTrue(views.every(([before, after]: [number, number]) => after >= before))
      assert.isTrue(views.some(([before, after]: [number, number]) => after > before))
    }),
  )

  it.live("are charted by popularity, found by words, and published and taken back by command", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const popular = yield* everything(simulator, "videos", { part: "id,snippet", chart: "mostPopular", regionCode: "US", maxResults: 50 })
      assert.strictEqual(new Set(popular.map(({ id }) => id)).size, popular.length)
      assert.isAbove(popular.length, 100)
      const sport = yield* everything(simulator, "videos", { part: "id", chart: "mostPopular", videoCategoryId: "17", maxResults: 50 })
      assert.isAbove(sport.length, 5)
      assert.isBelow(sport.length, popular.length)

      const [{ id, publishedAt }] = (yield* post(simulator, "/__emit", { platform: "youtube", text: "A <quite> new film", wait: true }))
        .json.signals
      const comment = (yield* post(simulator, "/__emit", { platform: "youtube", kind: "comment", text: "It's new", wait: true })).json
        .signals[0]
      simulator.advance(1)
      const { json } = yield* youTubeCall(simulator, "search", {
        part: "snippet",
        q: "quite film",
        type: "video",
        order: "date",
        publishedAfter: new Date(publishedAt).toISOString(),
      })
      assert.deepStrictEqual(
        json.items.map((item: Json) => `youtube:${item.id.videoId}`),
        [id],
      )
      const threads = (yield* youTubeCall(simulator, "commentThreads", { part: "snippet", videoId: id.slice(8) })).json.items
      assert.deepStrictEqual(
        threads.map((item: Json) => `youtube:${item.id}`),
        [comment.id],
      )
      assert.strictEqual(threads[0].snippet.topLevelComment.snippet.textDisplay, "It&#39;s new")
      assert.strictEqual((yield* post(simulator, "/__remove", { id })).status, 200)
      assert.lengthOf((yield* youTubeCall(simulator, "videos", { part: "id", id: id.slice(8) })).json.items, 0)
      assert.strictEqual((yield* youTubeCall(simulator, "commentThreads", { part: "snippet", videoId: id.slice(8) })).status, 404)
      assert.deepStrictEqual(
        planted(simulator)
          .filter(({ batch }) => batch !== null)
          .map(({ removed }) => removed),
        ["deleted", "deleted"],
      )
    }),
  )
})

describe("YouTube's comments", () => {
  it.live("are threads newest first, with replies, and all that the truth holds of a video", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const popular = yield* everything(simulator, "videos", { part: "statistics", chart: "mostPopular", maxResults: 50 })
      const busiest = popular.toSorted((a, b) => Number(b.statistics.commentCount ?? 0) - Number(a.statistics.commentCount ?? 0))[0]
      const videoId: string = busiest.id
      const threads = yield* everything(simulator, "commentThreads", {
        part: "snippet,replies",
        videoId,
        maxResults: 7,
        textFormat: "plainText",
      })
      const dates = threads.map(({ snippet }) => snippet.topLevelComment.snippet.publishedAt)
      assert.deepStrictEqual(dates, dates.toSorted().toReversed())
      const ids: Array<string> = []
      let answered = 0
      for (const thread of threads) {
        ids.push(thread.id)
        const { totalReplyCount } = thread.snippet
        const shown = thread.replies?.comments ?? []
        assert.strictEqual(shown.length, Math.min(5, totalReplyCount))
        const replies = yield* everything(simulator, "comments", { part: "snippet", parentId: thread.id, maxResults: 50 })
        assert.lengthOf(replies, totalReplyCount)
        assert.isTrue(replies.every(({ id, snippet }) => id.startsWith(`${thread.id}.`) && snippet.parentId === thread.id))
        ids.push(...replies.map(({ id }) => id))
        if (totalReplyCount > 0) answered++
      }
      assert.isAbove(answered, 0)
      assert.strictEqual(String(ids.length), busiest.statistics.commentCount)
      assert.strictEqual(new Set(ids).size, ids.length)
      const known = new Map(planted(simulator).map((signal) => [native(signal), signal]))
      for (const id of ids) assert.deepStrictEqual([known.get(id)?.kind, known.get(id)?.removed], ["comment", null])
    }),
  )
})

describe.skipIf(data === "")("YouTube's shapes", () => {
  it.live("are those of the recorded resources, field by field and type by type", () =>
    Effect.gen(function* () {
      const simulator = yield* start()
      const recorded = thingsIn([...recordedIn("youtube", "api"), ...recordedIn("youtube", "api", "python-youtube")])
      const of = (things: typeof recorded, wanted: string) =>
        things.filter(({ kind }) => kind === `youtube#${wanted}`).map(({ fields }) => fields)
      const parts = "id,snippet,contentDetails,statistics,status,player"
      const popular = yield* youTubeCall(simulator, "videos", { part: parts, chart: "mostPopular", maxResults: 50 })
      const busy = popular.json.items.find((item: Json) => Number(item.statistics.commentCount ?? 0) > 20)
      const threads = yield* youTubeCall(simulator, "commentThreads", { part: "id,snippet,replies", videoId: busy.id, maxResults: 100 })
      const answered = threads.json.items.find((item: Json) => item.snippet.totalReplyCount > 0)
      const replies = yield* youTubeCall(simulator, "comments", { part: "id,snippet", parentId: answered.id })
      const found = yield* youTubeCall(simulator, "search", { part: "id,snippet", q: "", type: "video", maxResults: 50 })
      const ours = thingsIn([popular.json, threads.json, replies.json, found.json])
      for (const kind of [
        "video",
        "commentThread",
        "comment",
        "searchResult",
        "videoListResponse",
        "commentThreadListResponse",
        "searchListResponse",
      ]) {
        const { missing, strange } = differences(of(recorded, kind), of(ours, kind), true)
        assert.isAbove(of(ours, kind).length, 0, kind)
        assert.deepStrictEqual([kind, missing, strange], [kind, [], []])
      }
      // What recorded statistics have, ours have, as strings.
      const statistics = (things: ReadonlyArray<Record<string, unknown>>) =>
        things.flatMap((video) => (video["statistics"] === undefined ? [] : [video["statistics"] as Record<string, unknown>]))
      const { missing } = differences(
        statistics(of(recorded, "video")),
        statistics([popular.json.items.find((item: Json) => item.statistics.likeCount)]),
      )
      // Dislikes are told no longer since December 2021.
      assert.deepStrictEqual(missing, ["dislikeCount"])
      assert.isTrue(statistics(of(ours, "video")).every((counts) => Object.values(counts).every((count) => /^\d+$/.test(count as string))))
      const [refusal] = recordedIn("youtube", "api", "python-youtube").filter(
        (body: Json) => body.error?.code === 400,
      ) as ReadonlyArray<Json>
      const own = yield* ask(simulator, "/youtube/v3/videos?part=id")
      assert.includeMembers(Object.keys(own.json.error), Object.keys(refusal.error))
      assert.includeMembers(Object.keys(own.json.error.errors[0]), Object.keys(refusal.error.errors[0]))
      assert.isTrue(new Date(busy.snippet.publishedAt).getTime() <= START)
    }),
  )
})
