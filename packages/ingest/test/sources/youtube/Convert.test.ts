import { assert, describe, it } from "@effect/vitest"
import { convertComment, convertThread, convertVideo, videoIdOf } from "../../../src/sources/youtube/Convert.ts"
import { targetOf } from "../../../src/sources/youtube/Target.ts"
import { isRecorded, recordedJson } from "../../Recorded.ts"
import { isEvent, reasonIn, signalIn } from "../Conversions.ts"
import { recordedPages } from "./Recordings.ts"

const how = { observedAt: Date.UTC(2026, 10, 22), mode: "new", runId: "test" } as const
const snippet = { publishedAt: "2026-11-21T10:00:00Z", channelId: "UC1", channelTitle: "Channel", title: "Title", description: "About" }
const comment = (id: string, more: object = {}) => ({
  id,
  snippet: { textDisplay: "Hi", authorDisplayName: "@ada", likeCount: 2, publishedAt: "2026-11-21T11:00:00Z", ...more },
})

describe("a video", () => {
  it("becomes a signal with its counts; what is hidden is null, and never zero", () => {
    const statistics = { viewCount: "16000000000", likeCount: "12", commentCount: "3" }
    assert.deepInclude(signalIn(convertVideo({ id: "dQw4w9WgXcQ", snippet, statistics }, how)) as object, {
      id: "youtube:dQw4w9WgXcQ",
      kind: "video",
      title: "Title",
      body: "About",
      community: "Channel",
      score: 12,
      comments: 3,
      views: 16_000_000_000,
      publishedAt: Date.UTC(2026, 10, 21, 10),
    })
    const bare = signalIn(convertVideo({ id: "a", snippet, statistics: { viewCount: "1" } }, how))
    assert.deepStrictEqual([bare.score, bare.comments, bare.views], [null, null, 1])
    assert.deepStrictEqual(signalIn(convertVideo({ id: "a", snippet }, how)).views, null)
  })

  it("carries no text that a store refuses, and a language only if it is one", () => {
    const bad = {
      ...snippet,
      title: "a\u0000b\ud800",
      description: "x".repeat(50_000),
      defaultAudioLanguage: "zxx",
      defaultLanguage: "pt-BR",
    }
    const made = signalIn(convertVideo({ id: "a", snippet: bad }, how))
    assert.deepStrictEqual([made.title.includes("\u0000"), made.body.length, made.language], [false, 20_000, "pt-BR"])
    assert.isTrue(made.title.isWellFormed())
  })

  it("that cannot be read is dropped with its reason", () => {
    for (const body of [null, 5, {}, { id: "a" }, { id: "a b", snippet }, { id: 5, snippet }])
      assert.strictEqual(reasonIn(convertVideo(body, how)), "malformed")
    for (const publishedAt of ["", "yesterday", "2026-12-31T00:00:00Z", "1960-01-01T00:00:00Z"])
      assert.strictEqual(reasonIn(convertVideo({ id: "a", snippet: { ...snippet, publishedAt } }, how)), "bad-time")
    assert.strictEqual(reasonIn(convertVideo({ id: "a", snippet: { ...snippet, title: " " } }, how)), "no-text")
  })
})

describe("a thread of comments", () => {
  it("is its top comment, on the video, and its replies, on the comment", () => {
    const replies = { comments: [comment("t.2", { parentId: "t" }), comment("t.1", { parentId: "t" })] }
    const thread = { snippet: { videoId: "v", topLevelComment: comment("t"), totalReplyCount: 2 }, replies }
    const made = convertThread(thread, how, "Channel").map(({ converted }) => signalIn(converted))
    assert.deepStrictEqual(
      made.map(({ id, parentId, comments, score }) => [String(id), parentId === null ? null : String(parentId), comments, score]),
      [
        ["youtube:t", "youtube:v", 2, 2],
        ["youtube:t.1", "youtube:t", null, 2],
        ["youtube:t.2", "youtube:t", null, 2],
      ],
    )
    assert.isTrue(made.every(({ permalink, id }) => permalink === `https://www.youtube.com/watch?v=v&lc=${id.slice(8)}`))
    assert.isTrue(made.every(({ community, author }) => community === "Channel" && author === "@ada"))
  })

  it("loses only the part that cannot be read", () => {
    const replies = { comments: [{ id: "t.2" }, comment("t.1", { parentId: "t" })] }
    const parts = convertThread({ snippet: { videoId: "v", topLevelComment: comment("t") }, replies }, how)
    assert.deepStrictEqual(
      parts.map(({ converted }) => converted._tag),
      ["Event", "Event", "Drop"],
    )
    assert.strictEqual(reasonIn(convertThread({ snippet: 5 }, how)[0]!.converted), "malformed")
  })

  it("prefers what was typed, takes plain text as it is, and keeps a sticker without words", () => {
    assert.strictEqual(signalIn(convertComment(comment("t", { textDisplay: "<b>x</b>", textOriginal: "*x*" }), how)).body, "*x*")
    assert.strictEqual(signalIn(convertComment(comment("t", { textDisplay: "1 &lt; 2\ufeff" }), how)).body, "1 &lt; 2")
    assert.strictEqual(signalIn(convertComment(comment("t", { textDisplay: "" }), how)).body, "")
    assert.strictEqual(
      signalIn(convertComment(comment("t", { authorDisplayName: "", authorChannelId: { value: "UC9" } }), how)).author,
      "UC9",
    )
  })
})

describe("a target of YouTube", () => {
  it("is a chart, a channel or a search, or says what it may be", () => {
    assert.deepStrictEqual(targetOf("mostPopular:US"), { _tag: "MostPopular", region: "US" })
    assert.deepStrictEqual(targetOf("channel:UCmXmlB4-HJytD7wek0Uo97A"), { _tag: "Channel", channel: "UCmXmlB4-HJytD7wek0Uo97A" })
    assert.deepStrictEqual(targetOf("channel:@somebody"), { _tag: "Channel", channel: "@somebody" })
    assert.deepStrictEqual(targetOf("search: a&b=c "), { _tag: "Search", words: "a&b=c" })
    for (const text of ["", "mostPopular:usa", "channel:", "channel:UC/../x", "search:", "video:x"])
      assert.include(targetOf(text), "is not a target of YouTube")
  })
})

describe("recorded resources of YouTube", () => {
  it.skipIf(!isRecorded)("are all decoded: nothing is lost, and what is no video or comment is told apart", () => {
    const counts: Record<string, number> = {}
    const count = (what: string) => (counts[what] = (counts[what] ?? 0) + 1)
    for (const { path, items } of recordedPages().map((path) => ({
      path,
      items: (recordedJson(path) as { items?: Array<{ kind?: string; id?: { kind?: string } }> }).items ?? [],
    })))
      for (const item of items) {
        const kind = item.kind?.replace("youtube#", "") ?? "other"
        const made =
          kind === "video"
            ? [convertVideo(item, how)]
            : kind === "comment"
              ? [convertComment(item, how)]
              : kind === "commentThread"
                ? convertThread(item, how).map(({ converted }) => converted)
                : []
        for (const converted of made) {
          if (converted._tag === "Drop") assert.fail(`${path}: ${converted.reason} ${JSON.stringify(item).slice(0, 300)}`)
          else {
            assert.isTrue(isEvent(converted.event), path)
            count(kind)
          }
        }
        if (kind === "searchResult") count(videoIdOf(item) === null ? (item.id?.kind ?? path) : "found")
        else if (made.length === 0) count("other")
      }
    assert.deepStrictEqual(counts, { video: 24, comment: 6, commentThread: 138, found: 145, "youtube#channel": 5, other: 50 })
  })
})
