import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { type Cursor, decodeCursor, encodeCursor } from "../../src/signals/Cursor.ts"

const cursors: ReadonlyArray<Cursor> = [
  { _tag: "new", key: "1764000000000000", id: "bluesky:at://did:plc:x/app.bsky.feed.post/3k" },
  { _tag: "hot", key: 0.123456789012345, id: "hackernews:1", from: 1_764_000_000_000 },
]

describe("cursors", () => {
  it("come back as they went", () => {
    for (const cursor of cursors) assert.deepStrictEqual(decodeCursor("secret", encodeCursor("secret", cursor)), Option.some(cursor))
  })

  it("are refused after any change of a letter, from another installation, and when made up", () => {
    for (const cursor of cursors) {
      const text = encodeCursor("secret", cursor)
      for (let at = 0; at < text.length; at++) {
        const changed = text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1)
        assert.deepStrictEqual(decodeCursor("secret", changed), Option.none(), changed)
      }
      assert.deepStrictEqual(decodeCursor("other", text), Option.none())
      assert.deepStrictEqual(decodeCursor("secret", `${text}.`), Option.none())
    }
    for (const text of [
      "",
      ".",
      "x",
      "2026-01-01T00:00:00Z",
      `${Buffer.from('{"_tag":"new"}').toString("base64url")}.AAAAAAAAAAAAAAAA`,
      "💥.💥",
    ]) {
      assert.deepStrictEqual(decodeCursor("secret", text), Option.none(), text)
    }
  })
})
