import { httpUrl, storable } from "@signalflow/domain/signals/Text"
import { assert, describe, it } from "@effect/vitest"
import { superLinear, superLinearIn } from "../../domain/test/Growth.ts"
import { lineText, oneLine, pageText, plainText, unescaped } from "../src/convert/PlainText.ts"
import { piecesOf } from "../src/convert/Markup.ts"
import { decodeText } from "../src/sources/feed/Charset.ts"
import { placedAt } from "../src/sources/feed/Dates.ts"
import { parseDocument } from "../src/sources/feed/Document.ts"
import { unpacked } from "../src/sources/feed/Unpack.ts"
import { nameOf } from "../src/sources/feed/Items.ts"
import { rss } from "./sources/feed/Site.ts"

const attempt = (work: () => unknown) => {
  try {
    return work()
  } catch (error) {
    return error
  }
}

const parsed = (text: string) => attempt(() => parseDocument(text, "site.example"))

const PATHS: Readonly<Record<string, readonly [number, (text: string) => unknown]>> = {
  "storable text": [80_000, (text) => storable(text, 300_000)],
  "storable text that is cut": [80_000, (text) => storable(`${text}${text}`, text.length)],
  "an address": [80_000, httpUrl],
  "a comment": [80_000, (text) => plainText(text, 400_000)],
  tags: [80_000, piecesOf],
  "a page": [60_000, (text) => pageText(text, 20_000)],
  "a title": [60_000, (text) => lineText(text, 20_000)],
  "a plain title": [80_000, (text) => oneLine(text, 20_000)],
  "an escaped title": [80_000, (text) => unescaped(text, 60_000)],
  "a name": [60_000, nameOf],
  "a date": [60_000, placedAt],
  "a document": [80_000, parsed],
  "an item": [80_000, (text) => parsed(rss(`<item><title>${text}</title></item>`))],
  "an escaped item": [60_000, (text) => parsed(rss(`<item><description><![CDATA[<p>${text}]]></description></item>`))],
  "an element": [80_000, (text) => parsed(rss(`<item ${text}><title>x</title></item>`))],
  "a JSON Feed": [80_000, (text) => parsed(`{"items":[{"content_html":${JSON.stringify(text)}}]}`)],
  "UTF-32": [80_000, (text) => decodeText(Buffer.from(`<\0\0\0${text}`, "latin1"), undefined)],
  "a body": [60_000, (text) => attempt(() => unpacked(Buffer.from(text, "latin1"), "gzip, br, deflate", 2_000_000))],
  bytes: [80_000, (text) => decodeText(Buffer.from(text, "latin1"), undefined)],
}

describe("hostile texts", () => {
  for (const [name, [length, read]] of Object.entries(PATHS))
    it(`cost no more than their length: ${name}`, () => {
      assert.deepStrictEqual(superLinear(read, length), [])
    })

  it("in many elements, attributes, prefixes, items and levels cost no more than their length", () => {
    const kinds: Readonly<Record<string, (n: number) => string>> = {
      attributes: (n) =>
        `<rss><channel ${Array.from({ length: n }, (_, i) => `a${i}="x"`).join(" ")}><item><title>x</title></item></channel></rss>`,
      prefixes: (n) => `<rss ${Array.from({ length: n }, (_, i) => `xmlns:a${i}="x"`).join(" ")}>${"<b:c xmlns:d='e'/>".repeat(n)}</rss>`,
      items: (n) => rss("<item/>".repeat(n)),
      "titled items": (n) => rss(Array.from({ length: n }, (_, i) => `<item><title>${i}</title></item>`).join("")),
      "items that nobody closes": (n) => rss("<item><description>x".repeat(n)),
      "declared characters": (n) => `<!DOCTYPE rss [${'<!ENTITY a "&#160;">'.repeat(n)}]${rss("<item/>")}`,
      "document types": (n) => `<!DOCTYPE rss [ ${"<!DOCTYPE a [ ".repeat(n)}`,
      unclosed: (n) => rss(`<item>${"<a>".repeat(60)}${"</b>".repeat(n)}</item>`),
      "unclosed in text": (n) => rss(`<item><description>${"<br>".repeat(50)}${"<br/></b>".repeat(n)}</description></item>`),
      bases: (n) => rss(`<item>${"<a xml:base='b/'/>".repeat(n)}</item>`),
      links: (n) => `<html>${"<link rel='alternate' type='application/rss+xml' href='/f'>".repeat(n)}`,
      groups: (n) => rss(`<item>${"<media:group><media:content/></media:group>".repeat(n)}</item>`),
    }
    const slow = Object.entries(kinds).flatMap(([kind, of]) =>
      superLinearIn((n) => parsed(of(n)), 20_000).map((times) => `${kind}: ${times}`),
    )
    assert.deepStrictEqual(slow, [])
  })
})
