import { assert, describe, it } from "@effect/vitest"
import { decodeText } from "../../../src/sources/feed/Charset.ts"
import { encoded } from "./Encoded.ts"

const document = (title: string, charset: string | null, language = "") =>
  `<?xml version="1.0"${charset === null ? "" : ` encoding="${charset}"`}?><rss><channel><title>Blog</title>${language}<item><title>${title}</title></item></channel></rss>`

const TEXTS: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  ["Café déjà vu", ["windows-1252"]],
  ["L’été où les élèves français ont gagné", ["windows-1252"]],
  ["Größere Änderungen für Straßen in München", ["windows-1252"]],
  ["El niño comió piñas en España ¿Qué pasó?", ["windows-1252"]],
  ["Informação não é opinião", ["windows-1252"]],
  ["Zażółć gęślą jaźń, łódź i święta", ["windows-1250", "iso-8859-2"]],
  ["Příliš žluťoučký kůň úpěl ďábelské ódy", ["windows-1250", "iso-8859-2"]],
  ["Новости дня: правительство приняло решение", ["windows-1251", "koi8-r", "iso-8859-5", "ibm866"]],
  ["Привет мир", ["windows-1251", "koi8-r"]],
  ["Київ зустрічає новий день", ["windows-1251", "koi8-u"]],
  ["Καλημέρα κόσμε, τα νέα της ημέρας", ["windows-1253", "iso-8859-7"]],
  ["Güneşli bir gün, çağrı yapıldı", ["windows-1254"]],
  ["חדשות היום בישראל", ["windows-1255"]],
  ["أخبار اليوم من العالم العربي", ["windows-1256"]],
  ["今日のニュースをお届けします", ["shift_jis", "euc-jp"]],
  ["中文标题测试", ["gb18030"]],
  ["今天的新聞和時間", ["big5"]],
  ["오늘의 뉴스를 전해 드립니다", ["euc-kr"]],
]

describe("the charset of a document", () => {
  for (const [title, charsets] of TEXTS)
    for (const charset of charsets)
      it(`is found where it is ${charset}, declared so, wrongly or not at all: ${title}`, () => {
        for (const claim of [charset, "utf-8", "utf-16", "us-ascii", null]) {
          const text = decodeText(encoded(document(title, claim), charset), undefined)
          assert.include(text, `<item><title>${title}<`, String(claim))
        }
        assert.include(decodeText(encoded(document(title, null), charset), `text/xml; charset="${charset}"`), `<title>${title}<`)
        const conflict = decodeText(encoded(document(title, charset), charset), "text/xml; charset=utf-8")
        assert.include(conflict, `<title>${title}<`)
      })

  it("is UTF-8 where the bytes are, whatever header and declaration say", () => {
    for (const claim of ["utf-16", "us-ascii", "iso-8859-1", "windows-1251", "shift_jis", "gb2312", "x-unknown"])
      for (const title of ["Writer", "Café déjà vu", "Привет", "日本語"]) {
        const bytes = Buffer.from(document(title, claim))
        assert.include(decodeText(bytes, `application/xml; charset=${claim}`), `<title>${title}<`, `${claim} ${title}`)
      }
  })

  it("is UTF-16 with a mark or without one, in either order, whatever is declared", () => {
    for (const claim of ["utf-16", "utf-8", "iso-8859-1"])
      for (const mark of ["", "\ufeff"]) {
        const little = Buffer.from(mark + document("日本 Café", claim), "utf16le")
        for (const bytes of [little, Buffer.from(little).swap16()])
          assert.include(decodeText(bytes, "text/xml; charset=utf-8"), "<title>日本 Café<", claim + mark)
      }
  })

  it("a byte order mark wins over both, and is no part of the text", () => {
    const bytes = Buffer.from(`\ufeff${document("Café", "iso-8859-1")}`)
    assert.match(decodeText(bytes, "text/xml; charset=iso-8859-1").replace(/^\ufeff/, ""), /^<\?xml.*<title>Café</)
  })

  it("the language that is named decides where letters do not", () => {
    const text = document("Árvíztűrő tükörfúrógép", "utf-8", "<language>hu</language>")
    assert.include(decodeText(encoded(text, "windows-1250"), undefined), "Árvíztűrő tükörfúrógép")
  })

  it("a stray byte of another charset costs no other letter", () => {
    const bytes = Buffer.concat([Buffer.from(`${"žluťoučký ".repeat(20)}caf`), Buffer.from([0xe9]), Buffer.from(" über")])
    assert.match(decodeText(bytes, undefined), /žluťoučký café über$/)
  })

  it("seven-bit Japanese is read where it is declared", () => {
    const bytes = Buffer.from(`<?xml version="1.0" encoding="iso-2022-jp"?><a>\x1b$BF|K\\\x1b(B</a>`, "latin1")
    assert.include(decodeText(bytes, undefined), "<a>日本</a>")
  })

  it("is UTF-32 with a mark or without one, in either order", () => {
    for (const mark of ["", "\ufeff"]) {
      const points = [...(mark + document("日本 Café 😀", "utf-32"))].map((character) => character.codePointAt(0)!)
      const little = Buffer.from(Uint32Array.from(points).buffer)
      for (const bytes of [little, Buffer.from(little).swap32()])
        assert.match(decodeText(bytes, "text/xml"), /^<\?xml.*<title>日本 Café 😀</)
    }
    assert.include(decodeText(Buffer.from("<\0\0\0?\0\0\0\xff\xff\xff\xff", "latin1"), undefined), "<?\ufffd")
  })

  it("is UTF-16 without a mark where hardly any letter is Latin", () => {
    const little = Buffer.from(`<a>${"日本語".repeat(1_000)}</a>`, "utf16le")
    for (const bytes of [little, Buffer.from(little).swap16()]) assert.match(decodeText(bytes, undefined), /^<a>日本語/)
  })

  it("is what the bytes are where the mark is that of another", () => {
    const bytes = Buffer.from(document("Café déjà vu", "utf-8"), "latin1")
    assert.include(decodeText(Buffer.concat([Buffer.from("\ufeff"), bytes]), undefined), "<title>Café déjà vu<")
    for (const mark of ["\xff\xfe", "\xfe\xff"]) {
      const called = Buffer.concat([Buffer.from(mark, "latin1"), Buffer.from(document("Café", "utf-16"))])
      assert.match(decodeText(called, undefined), /^<\?xml.*<title>Café</)
    }
  })

  for (const [claim, charset, title] of [
    ["koi8-r", "koi8-r", "ПРЕЗИДЕНТ РОССИИ"],
    ["windows-1251", "windows-1251", "ПРЕЗИДЕНТ РОССИИ"],
    ["iso-8859-7", "iso-8859-7", "ΝΕΑ ΤΗΣ ΗΜΕΡΑΣ"],
    ["iso-8859-4", "iso-8859-4", "Žmonės ir šalys"],
    ["iso-8859-6", "iso-8859-6", "أخبار اليوم"],
    ["iso-8859-16", "iso-8859-16", "Știri și țară"],
    ["macintosh", "macintosh", "Café déjà vu"],
    ["x-mac-cyrillic", "x-mac-cyrillic", "Новости дня"],
    ["win-1251", "windows-1251", "ёлка"],
    ["cp_1251", "windows-1251", "Новости"],
    ["big5-hkscs", "big5", "香港"],
    ["cp950", "big5", "中文"],
    ["cp936", "gb18030", "中"],
    ["cp949", "euc-kr", "뉴스"],
    ["x-euc-jp", "euc-jp", "日本"],
    ["eucJP-ms", "euc-jp", "速報：東京で地震"],
  ] as const)
    it(`is believed where it is declared ${claim} and fits: ${title}`, () => {
      assert.include(decodeText(encoded(document(title, claim), charset), undefined), `<title>${title}<`)
    })

  it("stays UTF-8 where a character is cut or foreign, in a short text, too", () => {
    for (const [before, odd, after] of [
      ["Привет", 0xd0, " мир"],
      ["é ü ", 0x96, " x"],
      ["日本語の記事", 0xe3, " news"],
    ] as const) {
      const text = decodeText(Buffer.concat([Buffer.from(`<a>${before}`), Buffer.from([odd]), Buffer.from(`${after}</a>`)]), undefined)
      assert.isTrue(text.startsWith(`<a>${before}`) && text.endsWith(`${after}</a>`), text)
    }
  })

  it("is found in time that grows with the length, not faster", () => {
    const time = (bytes: Buffer) =>
      Math.min(
        ...[1, 2, 3].map(() => {
          const began = performance.now()
          decodeText(bytes, undefined)
          return performance.now() - began
        }),
      )
    for (const piece of [[0xe9], [0xe9, 0x20], [0xff, 0xd8], [0xc3, 0x28], [0xe9, 0xc3, 0xa9, 0xc3, 0xa9]]) {
      const of = (length: number) => Buffer.alloc(length, Buffer.from(piece))
      assert.isBelow(time(of(1_600_000)), 8 * time(of(400_000)) + 50, String(piece))
    }
  })
})
