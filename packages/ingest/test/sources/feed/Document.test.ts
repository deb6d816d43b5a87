import { assert, describe, it } from "@effect/vitest"
import { convert } from "../../../src/sources/feed/Convert.ts"
import { placedAt as dateOf } from "../../../src/sources/feed/Dates.ts"
import { parseDocument } from "../../../src/sources/feed/Document.ts"
import { nativeId } from "../../../src/sources/feed/Identity.ts"
import type { Unreadable } from "../../../src/sources/feed/Unreadable.ts"
import { rss } from "./Site.ts"

const observation = {
  target: "https://site.example/feed",
  url: "https://site.example/blog/feed",
  observedAt: Date.UTC(2026, 10, 22),
  runId: "run",
}

const signals = (text: string) => {
  const document = parseDocument(text, "site.example")
  return document.entries.map((entry) => {
    const at = { publishedAt: dateOf(entry.published) ?? 0, mode: "new" } as const
    return convert(nativeId(observation.target, entry)!, entry, document, at, observation)
  })
}

const wrong = (text: string): Unreadable => {
  try {
    parseDocument(text, "site.example")
  } catch (error) {
    return error as Unreadable
  }
  throw new Error("was read")
}

describe("the formats of feeds", () => {
  it("RSS 2.0: HTML becomes text, decoded once", () => {
    const [signal] = signals(
      rss(
        `<item><title>Q&amp;amp;A: &lt;i&gt;x&lt;/i&gt; &amp;amp;lt; y</title><link>/post?a=1&amp;b=2</link><dc:creator>Ann</dc:creator>
        <pubDate>Tue, 10 Jun 2025 04:00:00 EST</pubDate><description>short</description>
        <content:encoded><![CDATA[<h2>Head</h2><p>One &amp; two<br>
        three</p><script>alert("<p>")</script><!-- <p>no</p> --><p><img src="x" onerror="alert(1)"><a href="https://a.example/"><b>link</b></a> &lt;p&gt;</p>]]></content:encoded></item>`,
        "News &amp;amp; more",
      ),
    )
    assert.deepInclude(signal as object, {
      title: "Q&A: x &lt; y",
      body: "Head\n\nOne & two\nthree\n\nlink (https://a.example/) <p>",
      community: "News & more",
      author: "Ann",
      url: "https://site.example/post?a=1&b=2",
      publishedAt: Date.UTC(2025, 5, 10, 9),
    })
  })

  it("Atom: text stays text, HTML and XHTML become text, links are resolved", () => {
    const [plain, html, xhtml] =
      signals(`<feed xmlns="http://www.w3.org/2005/Atom"><title>Log</title><id>log</id><author><name>Site</name></author>
      <entry><id>1</id><title>a &lt;b&gt; &amp;amp; c</title><link rel="self" href="/self"/><link href="../1"/><updated>2025-01-02T03:04:05Z</updated><summary>S</summary></entry>
      <entry><id>2</id><title type="html">a &lt;b&gt;bold&lt;/b&gt; &amp;amp; c</title><author><name>Bob</name></author><published>2025-01-01T00:00:00+01:00</published><updated>2025-02-01T00:00:00Z</updated></entry>
      <entry><id>3</id><title>x</title><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Hi <b>you</b> &amp; x</p></div></content></entry></feed>`)
    assert.deepInclude(plain as object, {
      title: "a <b> &amp; c",
      body: "S",
      author: "Site",
      url: "https://site.example/1",
      publishedAt: Date.UTC(2025, 0, 2, 3, 4, 5),
    })
    assert.deepInclude(html as object, {
      title: "a bold & c",
      author: "Bob",
      url: null,
      permalink: observation.target,
      publishedAt: Date.UTC(2024, 11, 31, 23),
    })
    assert.deepInclude(xhtml as object, { body: "Hi you & x" })
  })

  it("JSON Feed, with numbers for ids", () => {
    const feed = {
      version: "https://jsonfeed.org/version/1.1",
      title: "J",
      home_page_url: "https://site.example/",
      items: [
        { id: 1, title: "a &amp; b", content_text: "x <y> & z", date_published: "2025-01-01T00:00:00Z", authors: [{ name: "Q" }] },
        { id: "2", content_html: "<p>h &amp; i</p>", url: "javascript:alert(1)" },
      ],
    }
    const [text, html] = signals(JSON.stringify(feed))
    assert.deepInclude(text as object, {
      title: "a &amp; b",
      body: "x <y> & z",
      author: "Q",
      url: null,
      permalink: "https://site.example/",
    })
    assert.deepInclude(html as object, { body: "h & i", url: null, permalink: "https://site.example/" })
  })

  it("RDF, of RSS 1.0", () => {
    const [signal] =
      signals(`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
      <channel rdf:about="https://site.example/"><title>R</title><link>https://site.example/</link></channel>
      <item rdf:about="https://site.example/1"><title>One</title><link>https://site.example/1</link><dc:date>2025-01-01</dc:date><dc:creator>Z</dc:creator></item></rdf:RDF>`)
    assert.deepInclude(signal as object, {
      title: "One",
      community: "R",
      author: "Z",
      url: "https://site.example/1",
      publishedAt: Date.UTC(2025, 0, 1),
    })
  })

  it("refuses document types with entities of their own: bombs and files", () => {
    const bomb = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join("")
    for (const declared of [
      `<!ENTITY l0 "lol">${bomb}`,
      `<!ENTITY l9 SYSTEM "file:///etc/passwd">`,
      `<!ENTITY % p SYSTEM "http://127.0.0.1/"> %p;`,
    ]) {
      const error = wrong(`<?xml version="1.0"?><!DOCTYPE rss [${declared}]>${rss("<item><title>&l9;</title></item>").slice(21)}`)
      assert.strictEqual(error.reason, "malformed")
      assert.match(error.message, /declarations of its own: refused/)
    }
  })

  it("expands nothing but the entities of XML and HTML", () => {
    const [signal] = signals(rss("<item><title>&l9; &#x41; &eacute;</title><guid>1</guid></item>"))
    assert.strictEqual((signal as { title: string }).title, "&l9; A \u00e9")
  })

  it("says what is wrong with what is no feed", () => {
    for (const text of ["", "<html><body>no</body></html>", "{}", "[]", "null"])
      assert.match(wrong(text).message, /neither RSS, Atom nor JSON Feed|cannot be read/)
    for (const text of ["<rss><channel><item><title>x", `<rss>${"<a>".repeat(100_000)}`])
      assert.strictEqual(wrong(text).reason, "malformed")
  })

  it("reads dates as feeds write them, without a zone as UTC", () => {
    const day = Date.UTC(2025, 5, 10)
    for (const text of [
      "2025-06-10",
      "2025-06-10T00:00:00",
      "2025-06-10 00:00:00",
      "Tue, 10 Jun 2025 00:00:00",
      "Tue, 10 Jun 2025 02:00:00 +0200",
      "10 Jun 2025 00:00 GMT",
    ])
      assert.strictEqual(dateOf(text), day, text)
    for (const text of [null, "", "yesterday", "9999-01-01", "1".repeat(200)]) assert.isNull(dateOf(text))
  })
})
