import { assert, describe, it } from "@effect/vitest"
import { convert } from "../../../src/sources/feed/Convert.ts"
import { parseDocument } from "../../../src/sources/feed/Document.ts"
import { rss } from "./Site.ts"

const entry = (text: string, url?: string) => parseDocument(text, "a.example", url).entries[0]!
const atom = (inner: string, more = "") =>
  `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" ${more}><title>F</title>${inner}</feed>`
const bodyOf = (html: string) => entry(rss(`<item><description><![CDATA[${html}]]></description></item>`)).body
const titlesOf = (text: string) => parseDocument(text, "a.example").entries.map(({ title }) => title)
const urlOf = (link: string) => {
  const document = parseDocument(rss(`<item><title>t</title>${link}</item>`), "a.example")
  const observation = { target: "https://a.example/feed", url: "https://www.a.example/blog/feed", observedAt: 2, runId: "" }
  const signal = convert("1", document.entries[0]!, document, { publishedAt: 1, mode: "new" }, observation)
  return typeof signal === "string" ? signal : signal.url
}
const titleOf = (escaped: string) => entry(rss(`<item><title>${escaped}</title></item>`)).title

describe("titles", () => {
  it("lose formatting and no word", () => {
    for (const [written, read] of [
      ["std::vector&lt;bool&gt; is no container", "std::vector<bool> is no container"],
      ["&lt;antirez&gt;", "<antirez>"],
      ["&lt;script&gt; considered harmful", "<script> considered harmful"],
      ["The &lt;p&gt; element", "The <p> element"],
      ["&lt;b&gt;Bold&lt;/b&gt; &lt;i class='x'&gt;move&lt;/i&gt;", "Bold move"],
      ["<![CDATA[<em>Map<String, List<T>></em>]]>", "Map<String, List<T>>"],
      ["&lt;![CDATA[Wrapped &lt;b&gt;twice&lt;/b&gt;]]&gt;", "Wrapped twice"],
      ["a &amp;lt;b&amp;gt; c", "a <b> c"],
      ["I &lt;3 this, 1 &lt; 2 &amp; 3 &gt; 2", "I <3 this, 1 < 2 & 3 > 2"],
      ["Caf&eacute;&nbsp;au lait &copy;", "Caf\u00e9 au lait \u00a9"],
      ["Tom & Jerry", "Tom & Jerry"],
      ["raw <b>markup</b> here", "raw markup here"],
      ["#include &lt;vector&gt;", "#include <vector>"],
      ["&lt;a href='https://x.example/'&gt;Link&lt;/a&gt;", "Link"],
      ["bell\u0007 and &#7; nul", "bell and nul"],
    ] as const)
      assert.strictEqual(titleOf(written), read, written)
    for (const [written, read] of [
      ['<title type="html">&lt;T&gt; &lt;b&gt;x&lt;/b&gt;</title>', "<T> x"],
      ["<title>Vec&lt;T&gt; and &lt;b&gt;</title>", "Vec<T> and <b>"],
      ['<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a <em>b</em> &lt;T&gt;</div></title>', "a b <T>"],
      ['<title type="html"><![CDATA[<b>x</b> &amp; y]]></title>', "x & y"],
    ] as const)
      assert.strictEqual(entry(atom(`<entry>${written}</entry>`)).title, read, written)
  })
})

describe("bodies", () => {
  it("keep words apart that stand in blocks, cells, lines and lists", () => {
    assert.strictEqual(bodyOf("<table><tr><td>a</td><td>b</td></tr><tr><th>c</th></tr></table>d"), "a b\nc\n\nd")
    assert.strictEqual(bodyOf("<ul><li>a</li><li>b</li></ul>c<br>d<h2>e</h2>f<section>g</section>h"), "a\nb\n\nc\nd\n\ne\n\nf\n\ng\n\nh")
    assert.strictEqual(bodyOf("<dl><dt>a</dt><dd>b</dd></dl><select><option>c</option><option>d</option></select>"), "a\nb\n\nc\nd")
  })

  it("keep what is no tag of HTML, and lose scripts", () => {
    assert.strictEqual(bodyOf("Use std::vector<bool> or List<T>"), "Use std::vector<bool> or List<T>")
    assert.strictEqual(bodyOf("<p>Use <bool></p><script>if (a<b) x()</script><my-tag x='y'>in</my-tag>"), "Use <bool>\n\nin")
  })

  it("are found wherever the formats put them", () => {
    for (const inner of [
      "<media:group><media:description>B</media:description></media:group>",
      "<media:content><media:description>B</media:description></media:content>",
      "<content/><summary>B</summary>",
      "<summary>short</summary><content>B</content>",
      '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>B</p></div></content>',
    ])
      assert.strictEqual(entry(atom(`<entry><id>1</id>${inner}</entry>`)).body, "B", inner)
    const itunes = 'xmlns:x="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    assert.strictEqual(entry(rss(`<item ${itunes}><description> </description><x:summary>B</x:summary></item>`)).body, "B")
    assert.strictEqual(entry(rss("<item><description>short</description><content:encoded>B</content:encoded></item>")).body, "B")
    assert.strictEqual(entry(atom("<entry><media:group><media:title>T</media:title></media:group></entry>")).title, "T")
  })
})

describe("bodies that are not what they are called", () => {
  it("are HTML where all of them is, escaped twice or called text", () => {
    const html = "<p>Hello &amp; bye</p><ul><li>two</li></ul>"
    const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    assert.strictEqual(entry(rss(`<item><description>${escaped(escaped(html))}</description></item>`)).body, "Hello & bye\n\ntwo")
    assert.strictEqual(entry(atom(`<entry><content>${escaped(html)}</content></entry>`)).body, "Hello & bye\n\ntwo")
    // Said to be text, or about HTML: the words of somebody.
    assert.strictEqual(entry(atom(`<entry><content type="text">${escaped(html)}</content></entry>`)).body, html)
    assert.strictEqual(entry(rss(`<item><description>${escaped(escaped("<p> begins it"))}</description></item>`)).body, "<p> begins it")
  })

  it("are decoded from Base64 in Atom 0.3, and left out where they are a picture", () => {
    const base64 = Buffer.from("<p>Grüße</p><p>b</p>").toString("base64")
    assert.strictEqual(
      entry(
        `<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><content mode="base64" type="text/html">${base64}</content></entry></feed>`,
      ).body,
      "Grüße\n\nb",
    )
    assert.strictEqual(entry(atom(`<entry><content type="image/png">iVBORw0KGgo=</content><summary>B</summary></entry>`)).body, "B")
  })

  it("keep words apart in XHTML with any prefix", () => {
    const xhtml = `<z:div xmlns:z="http://www.w3.org/1999/xhtml"><z:p>a</z:p><z:p>b<z:br/>c</z:p></z:div>`
    assert.strictEqual(entry(atom(`<entry><content type="xhtml">${xhtml}</content></entry>`)).body, "a\n\nb\nc")
    assert.strictEqual(bodyOf("<center>a</center>b<legend>c</legend>d"), "a\n\nb\n\nc\n\nd")
  })
})

describe("links", () => {
  it("lead to a page or are absent", () => {
    for (const [written, url] of [
      ["<link>https://a.example/1?a=1&amp;amp;b=2</link>", "https://a.example/1?a=1&b=2"],
      ["<link>a.example/1</link>", "https://a.example/1"],
      ["<link>www.a.example/1</link>", "https://www.a.example/1"],
      ["<link>page.html</link>", "https://www.a.example/blog/page.html"],
      ["<link>//b.example/1</link>", "https://b.example/1"],
      ["<link>#</link><guid>https://a.example/g</guid>", "https://a.example/g"],
      ["<link>about:blank</link><guid>https://a.example/g</guid>", "https://a.example/g"],
      ["<link>javascript:void(0)</link>", null],
      ["<link>mailto:a@a.example</link>", null],
      ["<guid>12345</guid>", null],
      ["<guid>0</guid>", null],
      ["<guid>tag:a.example,2025:1</guid>", null],
      ["<guid>post-1</guid>", null],
      ["<guid isPermaLink='true'>/p/5</guid>", "https://www.a.example/p/5"],
      ["<guid isPermaLink='false'>https://a.example/g</guid>", null],
    ] as const)
      assert.strictEqual(urlOf(written), url, written)
  })

  it("start from xml:base, nested and relative, else from the document", () => {
    const of = (link: string, outer: string, inner: string) =>
      entry(atom(`<entry ${inner}>${link}</entry>`, outer), "https://a.example/blog/feed.xml").link
    assert.strictEqual(of('<link href="p"/>', "", 'xml:base="When/2026/"'), "https://a.example/blog/When/2026/p")
    assert.strictEqual(of('<link href="p"/>', 'xml:base="https://b.example/x/"', 'xml:base="y/"'), "https://b.example/x/y/p")
    assert.strictEqual(of('<link rel="self" href="s"/><link rel="alternate" type="text/html" href="p"/>', "", ""), "p")
    assert.strictEqual(of('<link rel="alternate" type="application/json" href="j"/><link type="text/html" href="p"/>', "", ""), "p")
  })

  it("are the enclosure where there is nothing else", () => {
    assert.strictEqual(
      entry(rss('<item><title>t</title><enclosure url="https://a.example/e.mp3"/></item>')).link,
      "https://a.example/e.mp3",
    )
    assert.strictEqual(entry(rss("<item><title>t</title><guid>https://a.example/g</guid></item>")).link, "https://a.example/g")
    assert.isNull(entry(rss("<item><title>t</title></item>")).link)
  })
})

describe("authors", () => {
  it("are names, or absent", () => {
    for (const [written, read] of [
      ["<author>ann@a.example (Ann Lee)</author>", "Ann Lee"],
      ["<author>Ann Lee &lt;ann@a.example&gt;</author>", "Ann Lee"],
      ["<author><name>Ann</name><email>ann@a.example</email></author>", "Ann"],
      ["<author>noreply@a.example (Unknown)</author><dc:creator>Ann</dc:creator>", "Ann"],
      ["<dc:creator><![CDATA[ Ann ]]></dc:creator>", "Ann"],
      ["<author/><dc:creator> </dc:creator>", null],
      ["", null],
    ] as const)
      assert.strictEqual(entry(rss(`<item><title>t</title>${written}</item>`)).author, read, written)
  })
})

describe("documents as the web writes them", () => {
  it("may have words before them, lone ampersands, upper case, other prefixes and elements that nobody closed", () => {
    for (const text of [
      `\n\n  ${rss("<item><title>t</title></item>")}`,
      `<br />\n<b>Warning</b>: x in y<br />\n${rss("<item><title>t</title></item>")}`,
      "<RSS><Channel><Item><Title>t</Title></Item></Channel></RSS>",
      '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:title>t</a:title></a:entry></a:feed>',
      rss("<item><title>t</title><description>a & b <br> c <img src='x'></description></item>"),
      rss("<item><title>t</title></item>").replace("</channel></rss>", ""),
      "<rss><channel/><item><title>t</title></item></rss>",
    ])
      assert.strictEqual(entry(text).title, "t", text)
  })

  it("lose no item where one, or a text in it, was not closed", () => {
    const channel = (items: string) => `<rss><channel><title>S</title>${items}</channel></rss>`
    assert.deepStrictEqual(titlesOf(channel("<item><title>a</title><item><title>b</title><item><title>c</title>")), ["a", "b", "c"])
    assert.deepStrictEqual(titlesOf(channel("<item><title>a</title><description>x<item><title>b</title></item>")), ["a", "b"])
    const open = entry(channel("<item><title>a<link>https://a.example/1</link><description>d<pubDate>2025-04-21</pubDate></item>"))
    assert.deepInclude(open, { title: "a", link: "https://a.example/1", body: "d", at: Date.UTC(2025, 3, 21) })
    // Not closed by what belongs to HTML.
    assert.strictEqual(entry(channel("<item><description>a <link>x</link> b</description></item>")).body, "a x b")
  })

  it("may name the namespaces a little differently", () => {
    const names = `xmlns:c="https://purl.org/rss/1.0/modules/content" xmlns:d=" http://purl.org/dc/elements/1.1 " xmlns:m="http://search.yahoo.com/mrss"`
    assert.deepInclude(entry(rss(`<item ${names}><d:title>t</d:title><c:encoded>full</c:encoded><d:creator>Ann</d:creator></item>`)), {
      title: "t",
      body: "full",
      author: "Ann",
    })
    assert.strictEqual(entry(rss(`<item ${names}><m:description>B</m:description></item>`)).body, "B")
  })

  it("may declare characters in their document type", () => {
    const declared = `<!DOCTYPE rss [\n<!ENTITY nbsp "&#160;">\n<!ENTITY % x "y">]>`
    const text = rss("<item><title>t&nbsp;u &copy;</title></item>").replace(`<?xml version="1.0"?>`, "")
    assert.strictEqual(entry(declared.replace(/<!ENTITY %.*?>/, "<!ENTITY copy '&#169;'>") + text).title, "t u ©")
    assert.throws(() => entry(declared + text), /refused/)
  })

  it("may be JSON Feed with one value where a list is meant, a list where one value is, and line ends in texts", () => {
    const of = (items: unknown, more: object = {}) =>
      parseDocument(JSON.stringify({ version: "https://jsonfeed.org/version/1.1", ...more, items }), "a.example").entries
    const item = { id: 1, title: ["t"], url: ["https://b.example/"], authors: { name: "Ann" }, attachments: { url: "https://b.example/e" } }
    for (const items of [[item], item, { first: item }])
      assert.deepInclude(of(items)[0]!, { guid: "1", title: "t", link: "https://b.example/", author: "Ann" })
    assert.strictEqual(of([{ id: 1 }], { authors: "Site" })[0]!.author, "Site")
    assert.isEmpty(of(null))
    const written = `{"version":"https://jsonfeed.org/version/1","items":[\n{"id":"1","title":"a\tb","content_text":"c\nd"}]}`
    assert.deepInclude(entry(written), { title: "a b", body: "c d" })
  })

  it("may be JSON Feed 1.0 or 1.1, with authors as objects or names", () => {
    const of = (item: object, feed: object = {}) =>
      entry(JSON.stringify({ version: "https://jsonfeed.org/version/1", ...feed, items: [item] }))
    assert.strictEqual(of({ id: 1, author: { name: "Ann" } }).author, "Ann")
    assert.strictEqual(of({ id: 1, authors: [{ url: "x" }, { name: "Ann" }] }).author, "Ann")
    assert.strictEqual(of({ id: 1, author: "Ann" }).author, "Ann")
    assert.strictEqual(of({ id: 1 }, { author: { name: "Site" } }).author, "Site")
    assert.deepInclude(of({ id: 7, summary: "s", external_url: "https://b.example/", attachments: [] }), {
      guid: "7",
      body: "s",
      link: "https://b.example/",
    })
    assert.deepInclude(of({ content_html: "", content_text: "plain <T>", date_modified: "2025-04-21" }), {
      body: "plain <T>",
      at: Date.UTC(2025, 3, 21),
    })
  })

  it("that are web pages name the feeds that they link to", () => {
    const page = (links: string) =>
      `<!doctype html><html><head><meta charset=utf-8><title>x</title>${links}</head><body><p>a<p>b</body></html>`
    const wrong = (text: string) => {
      try {
        return String(parseDocument(text, "a.example", "https://a.example/blog/"))
      } catch (error) {
        return (error as Error).message
      }
    }
    assert.include(
      wrong(page('<link rel="alternate" type="application/rss+xml" href="../feed.xml">')),
      "the feed that it links to is https://a.example/feed.xml",
    )
    assert.include(
      wrong(page("<link type=application/atom+xml rel='alternate home' href=/a><link rel=alternate type=application/feed+json href=j>")),
      "is https://a.example/a (or https://a.example/blog/j)",
    )
    assert.include(
      wrong("<html><head><title>502 Bad\nGateway</title></head></html>"),
      `a web page ("502 Bad Gateway"), and it links to no feed`,
    )
    assert.include(
      wrong('<?xml version="1.0"?><!-- x --><opml version="2.0"><head/><body/></opml>'),
      "a list of feeds (OPML); add the feeds in it",
    )
    assert.include(wrong('<?xml version="1.0"?><urlset><url/></urlset>'), "a sitemap")
    assert.include(wrong('{"error":{"code":403}}'), "JSON without the items of a feed")
    assert.include(wrong(" \n"), "an empty document")
    assert.include(wrong(page('<link rel="stylesheet" href="x">')), "links to no feed")
  })
})
