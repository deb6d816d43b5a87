import { assert, describe, it } from "@effect/vitest"
import type { Converted } from "../../src/convert/Converted.ts"
import { convertFrame } from "../../src/sources/bluesky/Convert.ts"
import { parseFrame } from "../../src/sources/bluesky/Frame.ts"
import { convertHit } from "../../src/sources/hackernews/Hit.ts"
import { convertItem } from "../../src/sources/hackernews/Convert.ts"
import { convertThing } from "../../src/sources/reddit/Convert.ts"
import { convertComment, convertThread, convertVideo } from "../../src/sources/youtube/Convert.ts"
import { NOW } from "../Fixtures.ts"

const how = { observedAt: NOW, mode: "new", runId: "r" } as const
const second = NOW / 1_000 - 60
const date = new Date(NOW - 60_000).toISOString()

type Json = Readonly<Record<string, unknown>>

const bluesky = (record: unknown, commit: Json = {}) =>
  convertFrame(
    parseFrame(
      JSON.stringify({
        did: "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa",
        time_us: NOW * 1_000,
        kind: "commit",
        commit: { rev: "1", operation: "create", collection: "app.bsky.feed.post", rkey: "3k", cid: "bafy", record, ...commit },
      }),
    ),
    { sample: 1, languages: new Set() },
    how,
  )

const kinds: Readonly<
  Record<string, { readonly body: Json; readonly required: ReadonlyArray<string>; readonly convert: (body: unknown) => Converted }>
> = {
  "a post of Bluesky": {
    body: {
      text: "a post",
      createdAt: date,
      langs: ["en"],
      reply: { root: { uri: "at://did:plc:b/app.bsky.feed.post/1" }, parent: { uri: "at://did:plc:b/app.bsky.feed.post/2", cid: "c" } },
      embed: { $type: "app.bsky.embed.external", external: { uri: "https://example.com", title: "t" } },
      facets: [{ index: { byteStart: 0, byteEnd: 1 }, features: [{ $type: "app.bsky.richtext.facet#tag", tag: "one" }] }],
      tags: ["two"],
      labels: { $type: "com.atproto.label.defs#selfLabels", values: [{ val: "harmless" }] },
    },
    required: ["text"],
    convert: bluesky,
  },
  "a story of Hacker News": {
    body: {
      id: 1,
      type: "story",
      by: "a",
      time: second,
      title: "t",
      text: "x",
      url: "https://example.com",
      score: 3,
      descendants: 1,
      deleted: false,
      dead: false,
      parent: 2,
      kids: [1],
    },
    required: ["id", "type", "time", "deleted", "dead"],
    convert: (body) => convertItem(body, how),
  },
  "a hit of the search index": {
    body: {
      objectID: "1",
      created_at_i: second,
      author: "a",
      title: "t",
      url: "https://example.com",
      story_text: "x",
      comment_text: null,
      points: 1,
      num_comments: 2,
      parent_id: 3,
      _tags: ["story"],
    },
    required: ["objectID", "created_at_i", "_tags"],
    convert: (body) => convertHit(body, how),
  },
  "a post of Reddit": {
    body: {
      name: "t3_a",
      created_utc: second,
      title: "t",
      selftext: "x",
      score: 1,
      author: "a",
      subreddit: "s",
      permalink: "/r/s/a",
      url: "https://example.com",
      is_self: true,
      num_comments: 1,
      upvote_ratio: 0.9,
      link_flair_text: "f",
      removed_by_category: null,
      promoted: false,
    },
    required: ["name", "created_utc", "removed_by_category", "promoted"],
    convert: (body) => convertThing({ kind: "t3", data: body }, how),
  },
  "a comment of Reddit": {
    body: {
      name: "t1_b",
      created_utc: second,
      body: "x",
      score: 1,
      author: "a",
      subreddit: "s",
      permalink: "/r/s/a",
      parent_id: "t3_a",
      link_id: "t3_a",
      score_hidden: false,
    },
    required: ["name", "created_utc", "body", "parent_id", "link_id"],
    convert: (body) => convertThing({ kind: "t1", data: body }, how),
  },
  "the snippet of a video": {
    body: {
      publishedAt: date,
      channelId: "UC",
      channelTitle: "c",
      title: "t",
      description: "d",
      defaultAudioLanguage: "en",
      defaultLanguage: "en",
    },
    required: ["publishedAt", "title"],
    convert: (snippet) => convertVideo({ id: "v", snippet, statistics: {} }, how),
  },
  "the statistics of a video": {
    body: { viewCount: "1", likeCount: "2", commentCount: "3" },
    required: [],
    convert: (statistics) => convertVideo({ id: "v", snippet: { publishedAt: date, title: "t" }, statistics }, how),
  },
  "the snippet of a comment of YouTube": {
    body: {
      videoId: "v",
      parentId: "p",
      channelId: "UC",
      textDisplay: "x",
      textOriginal: "x",
      authorDisplayName: "a",
      authorChannelId: { value: "UC" },
      likeCount: 1,
      publishedAt: date,
    },
    required: ["publishedAt"],
    convert: (snippet) => convertComment({ id: "c", snippet }, how),
  },
}

const ODD: ReadonlyArray<unknown> = [null, 7, -1, 0.5, 1e300, "x", "", "12", true, false, [], [null], {}, { a: null }, [[]]]

describe("fields that an item can do without", () => {
  for (const [name, { body, required, convert }] of Object.entries(kinds))
    it(`never cost ${name}, whatever they hold`, () => {
      assert.strictEqual(convert(body)._tag, "Event")
      for (const field of Object.keys(body)) {
        if (required.includes(field)) continue
        for (const odd of ODD) assert.strictEqual(convert({ ...body, [field]: odd })._tag, "Event", `${field}: ${JSON.stringify(odd)}`)
        const { [field]: _, ...without } = body
        assert.strictEqual(convert(without)._tag, "Event", `without ${field}`)
      }
    })

  it("are read where their meaning is plain", () => {
    const signalOf = (converted: Converted) =>
      converted._tag === "Event" && converted.event._tag === "Observed" ? converted.event.signal : assert.fail(JSON.stringify(converted))
    const post = kinds["a post of Reddit"]!
    assert.deepInclude(
      signalOf(post.convert({ ...post.body, score: "41", num_comments: 7.9, upvote_ratio: "0.5", created_utc: String(second) })),
      {
        score: 41,
        comments: 7,
        upvoteRatio: 0.5,
        publishedAt: second * 1_000,
      },
    )
    const story = kinds["a story of Hacker News"]!
    assert.deepInclude(signalOf(story.convert({ ...story.body, score: 3e12, descendants: null, by: null })), {
      score: 2_147_483_647,
      comments: null,
      author: null,
    })
    const video = signalOf(
      convertVideo(
        { id: "v", snippet: { publishedAt: date, title: "t" }, statistics: { viewCount: 9_000_000_000, likeCount: -4, commentCount: "5" } },
        how,
      ),
    )
    assert.deepInclude(video, { views: 9_000_000_000, score: null, comments: 5 })
    const spoken = signalOf(bluesky({ text: "x", langs: [null, "bad tag!", "en-GB", 7] }))
    assert.strictEqual(spoken.language, "en-GB")
    assert.strictEqual(signalOf(bluesky({ text: "x", langs: ["zh-Hant-HK-x-private"] })).language, "zh")
    const link = { $type: "app.bsky.richtext.facet#link", uri: "https://example.com/a", tag: null, did: 5 }
    assert.strictEqual(signalOf(bluesky({ text: "x", facets: [null, { features: [null, link] }] })).url, "https://example.com/a")
    const card = { external: { uri: "https://example.com/b", title: null, thumb: 5 } }
    assert.strictEqual(signalOf(bluesky({ text: "x", embed: card })).url, "https://example.com/b")
  })

  it("never hide what withholds an item", () => {
    assert.deepStrictEqual(bluesky({ text: "x", labels: { values: [null, 5, { val: null }, { val: "porn" }] } }), {
      _tag: "Drop",
      reason: "labelled",
    })
    for (const dead of [true, 1, "true"]) {
      const converted = convertItem({ id: 1, type: "story", time: second, title: "t", dead }, how)
      assert.strictEqual(converted._tag === "Event" ? converted.event._tag : "", "Removed")
    }
  })

  it("are as long as the protocol lets them be", () => {
    assert.strictEqual(bluesky({ text: "x" }, { rkey: "k".repeat(512) })._tag, "Event")
    const family = "👨‍👩‍👧‍👦".repeat(16)
    const converted = bluesky({ text: "x", tags: [family, "y".repeat(64), "z".repeat(700)] })
    const body = converted._tag === "Event" && converted.event._tag === "Observed" ? converted.event.signal.body : ""
    assert.include(body, `#${family}`)
    assert.include(body, `#${"y".repeat(64)}`)
    assert.notInclude(body, "zz")
  })

  it("cost only the part of a thread that lacks what it needs", () => {
    const comment = (id: unknown) => ({ id, snippet: { publishedAt: date, textOriginal: "x" } })
    const parts = convertThread(
      {
        snippet: { videoId: null, totalReplyCount: "x", topLevelComment: comment("a") },
        replies: { comments: [comment("b"), null, comment(7)] },
      },
      how,
    )
    assert.deepStrictEqual(
      parts.map(({ converted }) => converted._tag),
      ["Event", "Drop", "Drop", "Event"],
    )
    assert.strictEqual(convertThread({ snippet: { topLevelComment: comment("a") }, replies: null }, how)[0]!.converted._tag, "Event")
  })
})
