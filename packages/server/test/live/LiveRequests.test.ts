import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { readRequest } from "../../src/live/LiveRequests.ts"

const why = (message: unknown): string =>
  Result.match(readRequest(typeof message === "string" ? message : JSON.stringify(message)), {
    onSuccess: () => "taken",
    onFailure: (text) => text,
  })

describe("a message of a live client", () => {
  it("is taken with the keys that it may have", () => {
    const taken = [
      { type: "auth", token: "t" },
      { type: "subscribe" },
      { type: "subscribe", filter: {}, resume: { epoch: "e", offset: 3 } },
      { type: "subscribe", filter: { platforms: ["bluesky"], communities: ["rust"], topics: ["chips"], kinds: ["story"] } },
    ]
    for (const message of taken) assert.strictEqual(why(message), "taken", JSON.stringify(message))
  })

  it("with any other key, or a value that cannot be, is refused, and the message says which", () => {
    const refused = [
      [{ type: "subscribe", filter: { platform: ["bluesky"] } }, "filter.platform: is not known, did you mean platforms?"],
      [{ type: "subscribe", filter: { author: ["ann"] } }, "filter.author: is not known: a filter has"],
      [{ type: "subscribe", filters: { platforms: ["bluesky"] } }, "filters: is not known, did you mean filter?"],
      [{ type: "subscribe", filter: { kinds: ["essay"] } }, "filter.kinds.0"],
      [{ type: "subscribe", filter: { topics: "chips" } }, "filter.topics"],
      [{ type: "subscribe", filter: [] }, "filter"],
      [{ type: "subscribe", resume: { epoch: 1, offset: 0 } }, "resume.epoch"],
      [{ type: "auth", token: 3 }, "token"],
      [{ type: "constructor" }, "type must be"],
      [[], "JSON object"],
      ["{", "JSON object"],
      ['{"type":"subscribe","filter":{"__proto__":["x"]}}', "filter.__proto__"],
    ] as const
    for (const [message, text] of refused) assert.include(why(message), text, JSON.stringify(message))
    assert.isAtMost(
      why({ type: "subscribe", filter: Object.fromEntries(Array.from({ length: 999 }, (_, n) => [`k${n}`, 1])) }).length,
      1_001,
    )
  })
})
