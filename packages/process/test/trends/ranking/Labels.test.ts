import { assert, describe, it } from "@effect/vitest"
import { labelOf } from "../../../src/trends/ranking/Labels.ts"

describe("labelOf", () => {
  it("is the form in which people write the topic most often", () => {
    assert.strictEqual(labelOf("openai", ["OpenAI ships", "Why OpenAI?", "openai again"]), "OpenAI")
    assert.strictEqual(
      labelOf("chip export", ["the chip  export\nrules", "Chip export, again", "no chip export", "chip\nexport"]),
      "chip export",
    )
    assert.strictEqual(labelOf("#rustlang", ["#RustLang is out", "I like #RustLang", "#rustlang"]), "#RustLang")
  })

  it("is the topic as it stands where nobody writes it so, and a ticker in capitals", () => {
    assert.strictEqual(labelOf("company", ["Firms are firms"]), "company")
    assert.strictEqual(labelOf("rust", ["rusty trusts", "antirust"]), "rust")
    assert.strictEqual(labelOf("$tsla", ["$TSLa"]), "$TSLA")
  })

  it("keeps plurals and inflected forms as people write them, and drops possessives at the end", () => {
    const labels: ReadonlyArray<readonly [topic: string, texts: ReadonlyArray<string>, label: string]> = [
      ["company", ["Companies are companies"], "companies"],
      ["release note", ["the release notes are out", "Release notes: see below", "a release note"], "release notes"],
      ["new york time", ["New York Times sues", "the New York Times’s case", "said the New York Times."], "New York Times"],
      ["ted carmine", ["we met Ted Carmines there"], "Ted Carmines"],
      ["nvidia", ["Nvidia's chips", "Nvidia’s rise", "NVIDIA"], "Nvidia"],
      ["valentine day", ["on Valentine's Day"], "Valentine's Day"],
      ["spider man", ["the new Spider-Man film", "Spider-Man again", "spider man"], "Spider-Man"],
      ["pokemon", ["Pokémon Go", "pokemon", "we play Pokémon"], "Pokémon"],
      ["ete", ["à l'été prochain", "d’été"], "été"],
      ["strasse", ["auf der Straße", "die Straße"], "Straße"],
      ["지진", ["서울에서 지진이", "지진이 났다"], "지진"],
      ["earthquake", ["𝗘𝗮𝗿𝘁𝗵𝗾𝘂𝗮𝗸𝗲 now", "an earthquake", "earthquake"], "earthquake"],
      ["新型switch", ["Nintendoの新型Switchが発売", "新型 Switch"], "新型Switch"],
      ["nasa祝贺", ["中国发射新火箭，NASA祝贺"], "NASA祝贺"],
      ["台灣地震", ["臺灣 台灣 地震"], "台灣 地震"],
      ["istanbul", ["İstanbul'da deprem", "İstanbul’un"], "İstanbul"],
      ["צהל", ["צה״ל הודיע", "דובר צה״ל"], "צה״ל"],
      ["tel aviv", ["in Tel\u2011Aviv"], "Tel-Aviv"],
      ["co2", ["less CO₂"], "CO2"],
      ["#ete", ["vive l'#Été !", "#Été"], "#Été"],
    ]
    for (const [topic, texts, label] of labels) assert.strictEqual(labelOf(topic, texts), label)
  })

  it("never has HTML entities or quotation marks", () => {
    assert.strictEqual(labelOf("dune", ["&quot;Dune&quot; is out", "“Dune”", "&#8220;Dune&#8221;"]), "Dune")
    assert.strictEqual(labelOf("at&t", ["AT&amp;T said", "when AT&amp;T"]), "AT&T")
  })

  it("takes any topic for what it says, not for a pattern", () => {
    for (const topic of ["c++", "tier-2 cache", "a.b(c)[d]{e}|f^g$h?i*j\\k/l", "👩‍🚀 nasa", "日本語", "-", "\\"])
      assert.strictEqual(labelOf(topic, [`about ${topic} now`]), topic)
    assert.strictEqual(labelOf("a.b", ["aXb aXb a.b"]), "a.b")
  })

  it("is bounded", () => {
    assert.isAtMost(labelOf("x".repeat(80), []).length, 100)
  })
})
