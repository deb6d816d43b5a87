import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { isRecorded } from "./Recorded.ts"
import { report } from "./recordings/Report.ts"
import { LARGEST_LOSS, sum, type Survey, survey } from "./recordings/Survey.ts"

const surveyOf = (files: Readonly<Record<string, string | Buffer>>): Survey => {
  const directory = mkdtempSync(join(tmpdir(), "recordings-"))
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true })
      writeFileSync(join(directory, name), content)
    }
    return survey(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}
const one = (name: string, content: string | Buffer) => {
  const { files, losses, failed } = surveyOf({ [name]: content })
  assert.strictEqual(files.length, 1)
  const { tally, beside, other } = files[0]!
  return { ...tally, beside, other, losses: losses.map(({ where, platform, reason }) => `${where} ${platform} ${reason}`.trim()), failed }
}
const text = (...bodies: ReadonlyArray<unknown>) => bodies.map((body) => JSON.stringify(body)).join("\n")

const created_utc = 1_700_000_000
const post = (id: string, more: object = {}) => ({ kind: "t3", data: { name: `t3_${id}`, title: "A title", created_utc, ...more } })
const comment = (id: string, replies: unknown = "") => ({
  kind: "t1",
  data: { name: `t1_${id}`, body: "Yes", parent_id: "t3_p", link_id: "t3_p", created_utc, replies },
})
const listing = (...children: ReadonlyArray<unknown>) => ({ kind: "Listing", data: { after: null, children } })
const story = (id: number, more: object = {}) => ({ id, type: "story", by: "ada", time: created_utc, title: "A title", ...more })
const commit = (rkey: string, more: object = {}) => ({
  did: "did:plc:abc",
  time_us: 1_700_000_000_000_000,
  kind: "commit",
  commit: { operation: "create", collection: "app.bsky.feed.post", rkey, record: { text: "Hello" }, ...more },
})
const snippet = { publishedAt: "2023-11-14T10:00:00Z", title: "A title", textDisplay: "Yes" }

describe("recorded bodies", () => {
  it.skipIf(!isRecorded)("of all four platforms are decoded, at most one item in a thousand is lost", () => {
    const found = survey(process.env["SIGNALFLOW_TEST_DATA"]!)
    process.stdout.write(report(found).split("\n\n").slice(1).join("\n"))
    assert.deepStrictEqual(found.failed, [])
    const { hackernews, bluesky, reddit, youtube } = found.totals
    for (const { seen, decoded, byDesign, dropped } of [hackernews, bluesky, reddit, youtube]) {
      assert.strictEqual(sum(decoded) + sum(byDesign) + sum(dropped), seen)
      assert.isAtMost(sum(dropped), seen * LARGEST_LOSS)
    }
    assert.isAtLeast(hackernews.decoded["signal"]!, 1_005)
    assert.isAtLeast(bluesky.decoded["signal"]!, 4_400)
    assert.isAtLeast(reddit.decoded["signal"]!, 25_000)
    assert.isAtLeast(reddit.decoded["removal"]!, 200)
    assert.isAtLeast(youtube.decoded["signal"]!, 160)
    assert.isAtLeast(youtube.decoded["video id"]!, 140)
    assert.isAtLeast(youtube.decoded["refusal"]!, 3)
  })
})

describe("a recorded file is known by its shape, wherever it lies", () => {
  it("a listing of Reddit, a post with its comments however deep, lines of those, and bodies in a cassette", () => {
    const pair = [listing(post("p")), listing(comment("a", listing(comment("b"), { kind: "more", data: { children: ["c"] } })))]
    assert.deepInclude(one("youtube/x.json", text(pair)), { seen: 3, decoded: { signal: 3 }, beside: { more: 1 }, other: null })
    assert.deepInclude(one("reddit/x.ndjson.gz", gzipSync(text(pair, listing(post("q", { selftext: "[deleted]" }))))), {
      seen: 4,
      decoded: { signal: 3, removal: 1 },
    })
    const answer = (string: string) => ({ request: {}, response: { body: { string } } })
    for (const name of ["interactions", "http_interactions"])
      assert.deepInclude(one("reddit/c.json", text({ [name]: [answer("<html>"), answer(text(listing(post("p"))))] })), {
        seen: 1,
        decoded: { signal: 1 },
      })
    const base64 = { response: { body: { base64_string: gzipSync(text(listing(post("p")))).toString("base64") } } }
    assert.deepInclude(one("reddit/c.json", text({ http_interactions: [base64] })), { seen: 1, decoded: { signal: 1 } })
  })

  it("items of Hacker News, one, many, by number or a line each, and hits of its search", () => {
    const items = [
      story(1),
      story(2, { type: "comment", text: "Yes" }),
      { id: 3, deleted: true, type: "story" },
      null,
      { id: "jl", karma: 1 },
    ]
    const expected = { seen: 3, decoded: { signal: 2, removal: 1 }, beside: { null: 1, user: 1 } }
    assert.deepInclude(one("hackernews/a.json", text(items)), expected)
    assert.deepInclude(one("hackernews/a.json", text(Object.fromEntries(items.map((item, i) => [i + 1, item])))), expected)
    assert.deepInclude(one("hackernews/a.jsonl", text(story(1), story(2))), { seen: 2, decoded: { signal: 2 } })
    const hit = { objectID: "7", created_at_i: created_utc, title: "A title", _tags: ["story"] }
    assert.deepInclude(one("hackernews/a.json", text({ hits: [hit], nbHits: 1 })), { seen: 1, decoded: { signal: 1 } })
    assert.match(one("hackernews/a.json", "[1,2,3]").other!, /ids/)
  })

  it("frames of both versions of Jetstream", () => {
    const time = "2023-11-14T22:13:20.000000Z"
    const v2 = {
      $type: "message",
      payload: { $type: "x#commit", seq: 1, time, did: "did:plc:abc", ...commit("b").commit },
    }
    const account = { did: "did:plc:abc", time_us: 1_700_000_000_000_000, kind: "account", account: { active: false, status: "deleted" } }
    const lines = text(commit("a"), v2, account, commit("c", { collection: "app.bsky.feed.like" }))
    assert.deepInclude(one("bluesky/a.jsonl", lines), { seen: 4, decoded: { signal: 2, removal: 1 }, byDesign: { "not-a-post": 1 } })
  })

  it("lists of YouTube and its errors", () => {
    const list = (kind: string, ...items: ReadonlyArray<object>) => text({ kind: `youtube#${kind}ListResponse`, items })
    assert.deepInclude(one("youtube/a.json", list("video", { kind: "youtube#video", id: "a", snippet }, { id: "b", snippet })), {
      decoded: { signal: 2 },
    })
    const thread = { snippet: { videoId: "a", topLevelComment: { id: "t", snippet } }, replies: { comments: [{ id: "t.1", snippet }] } }
    assert.deepInclude(one("youtube/a.json", list("commentThread", { kind: "youtube#commentThread", id: "t", ...thread })), {
      seen: 2,
      decoded: { signal: 2 },
    })
    const result = (id: object) => ({ kind: "youtube#searchResult", id })
    const results = list("search", result({ kind: "youtube#video", videoId: "a" }), result({ kind: "youtube#channel", channelId: "UC1" }))
    assert.deepInclude(one("youtube/a.json", results), { decoded: { "video id": 1 }, byDesign: { "no-video": 1 } })
    const error = { error: { code: 403, message: "no", errors: [{ reason: "quotaExceeded" }] } }
    assert.deepInclude(one("youtube/a.json", text(error)), { decoded: { refusal: 1 } })
  })

  it("channels, and items of playlists whichever part names the video", () => {
    const list = (kind: string, ...items: ReadonlyArray<object>) => text({ kind: `youtube#${kind}ListResponse`, items })
    const kind = "youtube#playlistItem"
    const items = list(
      "playlistItem",
      { kind, id: "a", contentDetails: { videoId: "v1" } },
      { kind, id: "b", snippet: { resourceId: { kind: "youtube#video", videoId: "v2" } } },
      { kind, id: "c" },
      { kind, id: "d", snippet: { resourceId: {} } },
    )
    assert.deepInclude(one("youtube/a.json", items), {
      decoded: { "video id": 2 },
      byDesign: { "without-snippet": 1 },
      dropped: { malformed: 1 },
    })
    const uploads = { contentDetails: { relatedPlaylists: { uploads: "UU1" } } }
    const channels = list("channel", { kind: "youtube#channel", id: "UC1", ...uploads }, { kind: "youtube#channel", id: "UC2", snippet })
    assert.deepInclude(one("youtube/a.json", channels), { decoded: { uploads: 1 }, byDesign: { "without-contentDetails": 1 } })
  })

  it("whatever packs it: zstd with and without a dictionary that lies beside it, brotli, an HTTP archive, arrays of bodies, texts of bodies", () => {
    const page = text(listing(post("p"), post("q")))
    assert.deepInclude(one("reddit/a.json.zst", zstdCompressSync(page)), { decoded: { signal: 2 } })
    assert.deepInclude(one("reddit/a.br", brotliCompressSync(page)), { decoded: { signal: 2 } })
    // Raw content is a dictionary too.
    const dictionary = Buffer.from(text(commit("a")).repeat(3))
    const packed = surveyOf({
      "bluesky/a.zdict": dictionary,
      "bluesky/frames": zstdCompressSync(text(commit("a"), commit("b")), { dictionary }),
    })
    assert.deepStrictEqual(packed.totals.bluesky.decoded, { signal: 2 })
    const content = { text: Buffer.from(page).toString("base64"), encoding: "base64" }
    assert.deepInclude(one("reddit/a.har", text({ log: { entries: [{ request: {}, response: { content } }] } })), {
      decoded: { signal: 2 },
    })
    const hit = { objectID: "7", created_at_i: created_utc, title: "A title", _tags: ["story"] }
    assert.deepInclude(one("hackernews/a.json", text([hit, hit])), { decoded: { signal: 2 } })
    assert.deepInclude(one("hackernews/a.json", text([{ hits: [hit] }, { hits: [hit] }])), { decoded: { signal: 2 } })
    assert.deepInclude(one("hackernews/a.json", text({ page1: [story(1)], page2: [story(2)] })), { decoded: { signal: 2 } })
    assert.deepInclude(one("bluesky/a.json", text([text(commit("a")), text(commit("b"))])), { decoded: { signal: 2 } })
    assert.deepInclude(one("bluesky/a.jsonl", text({ frame: commit("a") }, { frame: commit("b") })), { decoded: { signal: 2 } })
  })

  it("tables, series, posts that no source reads and bytes are other, with the reason", () => {
    assert.match(one("reddit/a.csv", "id,title\n1,x\n").other!, /table/)
    assert.match(one("reddit/a.ndjson", text({ poll: "now", posts: [{ id: "x", score: 1 }] })).other!, /\{poll, posts\}/)
    assert.match(one("bluesky/a.json", text({ posts: [{ uri: "at://x", record: {} }] })).other!, /searchPosts/)
    assert.match(one("bluesky/a.zdict", Buffer.from([1, 0, 2])).other!, /binary/)
    assert.match(one("reddit/a.json", text({ message: "Not Found", error: 404 })).other!, /refusal/)
  })
})

describe("an item that is lost", () => {
  it("is listed with its file, place and reason, and fails its platform alone", () => {
    const found = surveyOf({
      "reddit/a.ndjson": text(listing(post("p"), post("q", { created_utc: "now" })), listing(post("r", { promoted: true }))),
      "hackernews/b.json": text([story(1)]),
    })
    assert.deepStrictEqual(found.losses, [{ file: "reddit/a.ndjson", where: "line 1", platform: "reddit", reason: "malformed" }])
    assert.deepStrictEqual(found.failed, ["reddit"])
    assert.deepStrictEqual(found.totals.reddit.byDesign, { promoted: 1 })
    const printed = report(found)
    assert.include(printed, "reddit/a.ndjson line 1: reddit malformed")
    assert.include(printed, "more than 0.1 % dropped: reddit")
  })

  it("may be a line that is none, a line unlike its neighbours, or a file that should be JSON", () => {
    assert.deepInclude(one("bluesky/a.jsonl", `${text(commit("a"), { kind: "commit" }, commit("b"))}\n{"did":`), {
      seen: 4,
      losses: ["line 4 bluesky not JSON", "line 2 bluesky malformed"],
      failed: ["bluesky"],
    })
    assert.deepInclude(one("youtube/a.json", '{"kind": "youtube#vid'), { losses: ["youtube not JSON"], failed: ["youtube"] })
    assert.deepInclude(one("reddit/a.json.gz", gzipSync(text(listing(post("p")))).subarray(0, 40)), { seen: 1, failed: ["reddit"] })
  })

  it("is one in a thousand at most", () => {
    const stories = Array.from({ length: 999 }, (_, i) => story(i + 1))
    const bad = story(2_000, { title: 7 })
    assert.deepStrictEqual(one("hackernews/a.json", text([...stories, bad])).failed, [])
    assert.deepStrictEqual(one("hackernews/a.json", text([...stories.slice(1), bad])).failed, ["hackernews"])
  })
})
