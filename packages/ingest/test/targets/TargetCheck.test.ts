import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { sources } from "../../src/Sources.ts"
import { checkTarget } from "../../src/targets/TargetCheck.ts"

const check = (platform: string, target: string, options: Readonly<Record<string, unknown>> = {}) =>
  checkTarget({ target, options }, sources.find((source) => source.platform === platform)!.rules, platform)

const keyOf = (platform: string, target: string, options = {}) => Result.getOrNull(check(platform, target, options))

const refusal = (platform: string, target: string, options: Readonly<Record<string, unknown>> = {}) => {
  const found = check(platform, target, options)
  return Result.isFailure(found) ? found.failure : `accepted ${target}`
}

/** Platform, target, and what the refusal tells the user to write. */
const refused: ReadonlyArray<readonly [string, string, RegExp]> = [
  ["feed", "example.com/feed.xml", /write https:\/\/example\.com\/feed\.xml$/],
  ["feed", "//example.com/feed.xml", /write https:\/\/example\.com\/feed\.xml$/],
  ["feed", "feed:https://example.com/a", /write https:\/\/example\.com\/a$/],
  ["feed", "feed://example.com/a", /write https:\/\/example\.com\/a$/],
  ["feed", "ftp://example.com/feed", /not an http or https address: write https:\/\/example\.com\/feed$/],
  ["feed", "file:///etc/passwd", /write https:\/\/… or http:\/\/…/],
  ["feed", "https://", /write https:\/\/…/],
  ["feed", "https:example.com", /write https:\/\/example\.com\/$/],
  ["feed", "news", /write https:\/\/…/],
  ["feed", "two words.com/feed", /write https:\/\/…/],
  ["feed", "https://user:pw@example.com/feed", /user name or password is not read: write https:\/\/example\.com\/feed /],
  ["feed", "user:pw@example.com/feed", /write https:\/\/example\.com\/feed$/],
  ["feed", "http://127.0.0.1/feed", /private, loopback/],
  ["feed", "http://127.1/feed", /private, loopback/],
  ["feed", "http://2130706433/feed", /private, loopback/],
  ["feed", "http://[::1]/feed", /private, loopback/],
  ["feed", "http://[::ffff:10.0.0.1]/feed", /private, loopback/],
  ["feed", "http://192.168.1.4:8080/rss", /private, loopback/],
  ["feed", "http://localhost/feed", /private, loopback/],
  ["feed", "http://LOCALHOST./feed", /private, loopback/],
  ["feed", "http://nas.local/feed", /private, loopback/],
  ["feed", "http://rsshub:1200/x", /private, loopback/],
  ["feed", "https//example.com/a", /write https:\/\/example\.com\/a$/],
  ["feed", "https://https://example.com/a", /not copied as it is: write https:\/\/example\.com\/a$/],
  ["feed", "https://example.com/a?b=1&amp;c=2", /not copied as it is: write https:\/\/example\.com\/a\?b=1&c=2$/],
  ["feed", "<https://example.com/a>", /write https:\/\/example\.com\/a$/],
  ["feed", "“https://example.com/a”", /write https:\/\/example\.com\/a$/],
  ["feed", "[a feed](https://example.com/a)", /write https:\/\/example\.com\/a$/],
  ["feed", "https：//example.com／a", /write https:\/\/example\.com\/a$/],
  ["feed", "\u200bhttps://example.com/a", /has invisible characters: write "https:\/\/example\.com\/a"$/],
  ["feed", "https://example.com/a, https://example.com/b", /more than one address: add each as a target of its own$/],
  ["feed", "@Ann@mastodon.example", /write https:\/\/mastodon\.example\/@Ann\.rss$/],
  ["feed", "mailto:ann@site.example", /write https:\/\/… or/],
  ["feed", "/feed.xml", /write https:\/\/… or/],
  ["feed", "https://*.example.com/feed", /cannot be the name of a host/],
  ["feed", "https://example..com/feed", /cannot be the name of a host/],
  ["reddit", "science.", /write science$/],
  ["reddit", "“science”", /write science$/],
  ["reddit", "r science", /write science$/],
  ["reddit", "r/ science", /write science$/],
  ["reddit", "r\\science", /write science$/],
  ["reddit", "r/r/science", /write science$/],
  ["reddit", "subreddit:science", /write science$/],
  ["reddit", "science; technology", /each subreddit as a target of its own: science, technology/],
  ["reddit", "https://i.reddit.com/r/science", /write science$/],
  ["reddit", "https://redlib.example/r/science", /write science$/],
  ["reddit", "https://redd.it/1abc", /one post cannot be watched/],
  ["reddit", "https://www.reddit.com/subreddits/", /this page of Reddit cannot be watched/],
  ["reddit", "https://www.reddit.com/search/?q=ai", /this page of Reddit cannot be watched/],
  ["reddit", "u/spez.", /write u_spez /],
  ["youtube", "https://www.youtube.com/feeds/videos.xml?channel_id=UCLA_DiR1FfKNvjuUpBHmylQ", /write channel:UCLA_DiR1FfKNvjuUpBHmylQ$/],
  ["youtube", "https://www.youtube.com/feeds/videos.xml?playlist_id=PLabcdefghijkl", /a playlist cannot be watched/],
  ["youtube", "https://studio.youtube.com/channel/UCLA_DiR1FfKNvjuUpBHmylQ", /write channel:UCLA_DiR1FfKNvjuUpBHmylQ$/],
  ["youtube", "https://www.youtube.com/hashtag/space", /write search:#space$/],
  ["youtube", "https://www.youtube.com/nasa", /write channel:@nasa, if that is its handle$/],
  ["youtube", "https://www.youtube.com/clip/Ugkx", /one video cannot be watched/],
  ["youtube", "channel:@nasa/", /write channel:@nasa$/],
  ["youtube", "channel:UCLA_DiR1FfKNvjuUpBHmylQ/", /write channel:UCLA_DiR1FfKNvjuUpBHmylQ$/],
  ["youtube", "UCLA_DiR1FfKNvjuUpBHmylQ.", /write channel:UCLA_DiR1FfKNvjuUpBHmylQ$/],
  ["youtube", "youtube:@nasa", /write channel:@nasa$/],
  ["youtube", "@nasa.", /write channel:@nasa$/],
  ["youtube", "@my channel", /a handle has no spaces: .* search:my channel$/],
  ["youtube", "channel:@my channel", /a handle has no spaces: .* search:my channel$/],
  ["youtube", "#space", /write search:#space$/],
  ["youtube", "Search:space", /write search:space$/],
  ["youtube", "trending", /write mostPopular: and a country/],
  ["youtube", "US", /write mostPopular:US for the chart/],
  ["youtube", "trending:us", /write mostPopular:US$/],
  ["youtube", "mostPopular:USA", /write mostPopular:US$/],
  ["youtube", "mostPopular:Germany", /write mostPopular:DE$/],
  ["reddit", "r/science", /write science$/],
  ["reddit", "/r/science/", /write science$/],
  ["reddit", "R/Science", /write Science$/],
  ["reddit", "https://www.reddit.com/r/science/", /write science$/],
  ["reddit", "https://old.reddit.com/r/science/comments/1abc/a_title/?x=1", /write science$/],
  ["reddit", "reddit.com/r/science", /write science$/],
  ["reddit", "HTTPS://REDDIT.COM/R/science", /write science$/],
  ["reddit", "https://www.reddit.com/user/spez/", /write u_spez /],
  ["reddit", "u/spez", /write u_spez /],
  ["reddit", "science+technology", /each subreddit as a target of its own: science, technology/],
  ["reddit", "r/science+technology", /each subreddit as a target of its own: science, technology/],
  ["reddit", "https://www.reddit.com/user/someone/m/mine/", /write u_someone|each subreddit of the multireddit/],
  ["reddit", "https://www.reddit.com/hot/", /the name of a subreddit/],
  ["reddit", "local llama", /write local_llama$/],
  ["reddit", "#science", /write science$/],
  ["reddit", "a", /write the name of a subreddit/],
  ["reddit", "averyveryverylongnameindeed", /write the name of a subreddit/],
  ["youtube", "nasa", /write channel:@nasa for a channel, or search:nasa/],
  ["youtube", "@nasa", /write channel:@nasa$/],
  ["youtube", "https://www.youtube.com/@nasa", /write channel:@nasa$/],
  ["youtube", "https://m.youtube.com/@nasa/videos?view=0", /write channel:@nasa$/],
  ["youtube", "youtube.com/@NASA", /write channel:@NASA$/],
  ["youtube", "https://www.youtube.com/%40nasa", /write channel:@nasa$/],
  ["youtube", "https://www.youtube.com/channel/UCLA_DiR1FfKNvjuUpBHmylQ", /write channel:UCLA_DiR1FfKNvjuUpBHmylQ$/],
  ["youtube", "UCLA_DiR1FfKNvjuUpBHmylQ", /write channel:UCLA_DiR1FfKNvjuUpBHmylQ$/],
  ["youtube", "https://www.youtube.com/user/NASAtelevision", /write channel: with the @handle/],
  ["youtube", "https://www.youtube.com/c/NASA", /write channel: with the @handle/],
  ["youtube", "https://www.youtube.com/watch?v=dQw4w9WgXcQ", /one video cannot be watched: write channel:/],
  ["youtube", "https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PLabcdefghijkl", /one video cannot be watched/],
  ["youtube", "https://youtu.be/dQw4w9WgXcQ", /one video cannot be watched: write channel:/],
  ["youtube", "https://www.youtube.com/shorts/dQw4w9WgXcQ", /one video cannot be watched/],
  ["youtube", "https://www.youtube.com/playlist?list=PLabcdefghijkl", /a playlist cannot be watched: write channel:/],
  ["youtube", "PLFgquLnL59alCl_2TQvOiD5Vgm1hCaGSI", /a playlist cannot be watched/],
  ["youtube", "https://www.youtube.com/results?search_query=space+telescope", /write search:space telescope$/],
  ["youtube", "https://www.youtube.com/", /write mostPopular:/],
  ["youtube", "mostpopular:us", /write mostPopular:US$/],
  ["youtube", "mostPopular:UK", /write mostPopular:GB$/],
  ["youtube", "mostPopular:XX", /is not the code of a country/],
  ["youtube", "mostPopular", /write /],
  ["youtube", "channel:nasa", /write channel:@nasa/],
  ["youtube", "channel:https://www.youtube.com/@nasa", /write channel:@nasa$/],
  ["youtube", "Channel:@nasa", /write channel:/],
  ["youtube", "channel:UCshort", /UC and 22 characters: copy the whole id/],
  ["youtube", "search:", /write search: and words/],
  ["youtube", "space telescope", /write search:space telescope to search/],
  ["hackernews", "top", /by the target items;/],
  ["hackernews", "Items", /by the target items;/],
  ["hackernews", "https://news.ycombinator.com/", /by the target items;/],
  ["bluesky", "alice.bsky.social", /by the target posts;/],
  ["bluesky", "did:plc:z72i7hdynmk6r22z27h6tvur", /by the target posts;/],
  ["bluesky", "at://alice.bsky.social/app.bsky.feed.post/3k", /by the target posts;/],
  ["bluesky", "https://bsky.app/profile/alice.bsky.social", /by the target posts;/],
  ["bluesky", "POSTS", /by the target posts;/],
]

describe("what is written as a target", () => {
  for (const [platform, target, instead] of refused)
    it(`${platform} ${target} is refused with what to write`, () => {
      assert.match(refusal(platform, target), instead)
    })

  it("is refused where it is empty, too long, padded or has control characters, whatever the platform", () => {
    for (const { platform } of sources) {
      assert.match(refusal(platform, ""), /cannot be empty/)
      assert.match(refusal(platform, "  "), /cannot be empty/)
      assert.match(refusal(platform, `https://example.com/${"x".repeat(200)}`), /has 220 characters: it may have at most 200/)
      assert.match(refusal(platform, " science "), /has spaces around it: write "science"$/)
      for (const odd of ["sci\nence", "sci\u0000ence", "\u001b[31mred", "a\u2028b"]) {
        assert.match(refusal(platform, odd), /control characters/)
        assert.notInclude(refusal(platform, odd), odd)
      }
    }
  })

  it("never shows the password of an address", () => {
    for (const target of ["https://user:hunter2@example.com/f", "user:hunter2@example.com/f", "ftp://user:hunter2@h/f", "user:hunter2@h x"])
      assert.notInclude(refusal("feed", target), "hunter2")
  })

  it("is accepted where it can be read, and known again however it is spelt", () => {
    assert.strictEqual(keyOf("reddit", "LocalLLaMA"), keyOf("reddit", "localllama"))
    assert.isNotNull(keyOf("reddit", "u_spez"))
    assert.strictEqual(keyOf("feed", "https://Example.com/feed#top"), keyOf("feed", "HTTPS://example.com/feed"))
    assert.strictEqual(keyOf("feed", "https://example.com./feed"), keyOf("feed", "https://example.com/feed"))
    assert.isNotNull(keyOf("feed", "https://web.archive.example/2020/https://example.com/feed"))
    assert.isNotNull(keyOf("youtube", "search:می\u200cخواهم 👩\u200d🚀"))
    assert.notStrictEqual(keyOf("feed", "https://example.com/feed"), keyOf("feed", "https://example.com/Feed"))
    assert.isNotNull(keyOf("feed", "http://93.184.216.34:8080/feed"))
    assert.isNotNull(keyOf("feed", "https://bücher.example/feed"))
    assert.strictEqual(keyOf("youtube", "channel:@NASA"), keyOf("youtube", "channel: @nasa"))
    assert.strictEqual(keyOf("youtube", "search:Space  telescope"), keyOf("youtube", "search:space telescope"))
    assert.isNotNull(keyOf("youtube", "channel:@नासा"))
    assert.isNotNull(keyOf("youtube", "mostPopular:GB"))
    for (const { platform, targets } of sources)
      for (const { target, options } of targets) assert.isNotNull(keyOf(platform, target, options), `${platform} ${target}`)
  })

  it("is refused for an option that is not known or holds something else", () => {
    assert.match(refusal("reddit", "science", { sort: "best" }), /sort is "best": it may be one of new, hot, top, rising/)
    assert.match(refusal("reddit", "rising", { mode: "trending", posts: 0 }), /posts is 0: it may be a whole number from 1 to 100/)
    assert.match(refusal("reddit", "science", { mode: "hot" }), /mode is "hot": it may be "trending"/)
    assert.match(
      refusal("hackernews", "items", { sort: "new" }),
      /hackernews has no option "sort": it may be one of include, exclude, sample/,
    )
    assert.match(refusal("feed", "https://example.com/f", { constructor: 1 }), /feed has no option "constructor"/)
    assert.match(refusal("bluesky", "posts", { sample: 2 }), /sample is 2: a number from 0 to 1/)
    assert.isNotNull(keyOf("reddit", "rising", { mode: "trending", subreddits: 10, comments: 0, sort: "rising", include: ["ai"] }))
  })
})
