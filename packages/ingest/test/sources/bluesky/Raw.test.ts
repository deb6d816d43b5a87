import { assert, describe, it } from "@effect/vitest"
import { parseFrame } from "../../../src/sources/bluesky/Frame.ts"
import { rawOf } from "../../../src/sources/bluesky/Live.ts"
import { frame, now } from "./Scripted.ts"

const feature = (kind: string, more: object) => ({ $type: `app.bsky.richtext.facet#${kind}`, ...more })
const index = { byteStart: 0, byteEnd: 4 }
const facets = [
  { index, features: [feature("mention", { did: "did:plc:eve" }), feature("link", { uri: "https://one.example/" })] },
  { index, features: [feature("tag", { tag: "cats" }), feature("mention", { did: 7 }), feature("mystery", {})] },
  "none",
]
const postWith = (record: object | null) =>
  frame("commit", 1, now * 1_000, {
    did: "did:plc:ada",
    operation: "create",
    collection: "app.bsky.feed.post",
    rkey: "a",
    cid: "c",
    ...(record === null ? {} : { record }),
  })
const envelope = (text: string) => {
  const raw = rawOf(parseFrame(text), text, { mode: "new", runId: "test" })
  return JSON.parse(raw!.value) as { readonly metadata: unknown; readonly payload: unknown }
}

describe("the raw event of a Bluesky post", () => {
  it("is the frame, with whom and what its text points at: mentioned accounts, a link, tags", () => {
    const text = postWith({ text: "@eve look #cats", facets })
    const { metadata, payload } = envelope(text)
    assert.deepStrictEqual(payload, JSON.parse(text))
    assert.deepStrictEqual(metadata, { link: "https://one.example/", tags: ["cats"], mentions: ["did:plc:eve"] })
  })

  it("points at nothing where the record has no facets, or is none", () => {
    for (const record of [{ text: "Hello" }, { text: "Hello", facets: 7 }, null])
      assert.deepStrictEqual(envelope(postWith(record)).metadata, { link: null, tags: [], mentions: [] })
  })
})
