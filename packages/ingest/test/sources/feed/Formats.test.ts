import { assert, describe, it } from "@effect/vitest"
import { parseDocument } from "../../../src/sources/feed/Document.ts"
import { rss } from "./Site.ts"

const entry = (text: string, url?: string) => parseDocument(text, "a.example", url).entries[0]!
const atom = (inner: string, more = "") =>
  `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" ${more}><title>F</title>${inner}</feed>`
const bodyOf = (html: string) => entry(rss(`<item><description><![CDATA[${html}]]></description></item>`)).body
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

describe("links", () => {
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
    assert.include(wrong(page('<link rel="stylesheet" href="x">')), "links to no feed")
  })
})
