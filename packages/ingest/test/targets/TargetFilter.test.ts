import { assert, describe, it } from "@effect/vitest"
import { signalId } from "@signalflow/domain/signals/Signal"
import { Result } from "effect"
import { describe as described, filterOf, fold, holds, verdict } from "../../src/targets/TargetFilter.ts"

const inText = (text: string, term: string) => holds(fold(text), fold(term))

const filter = (options: Record<string, unknown>) => Result.getOrThrow(filterOf(options))!

const signal = (n: number | string, title: string, body = "", platform = "reddit") => ({ id: signalId(platform, n), title, body })

describe("terms of a target's filter", () => {
  it("are whole words, whatever case and diacritics they are written with", () => {
    const held: ReadonlyArray<readonly [string, string]> = [
      ["Is AI over?", "ai"],
      ["CAFÉ society", "cafe"],
      ["cafe society", "Café"],
      ["Łódź by night", "lodz"],
      ["Straße gesperrt", "STRASSE"],
      ["İSTANBUL", "istanbul"],
      ["ΟΔΟΣ", "οδοσ"],
      ["ｆｕｌｌ width", "full"],
      ["I like C++.", "c++"],
      ["#ai is here", "#ai"],
      ["it’s fine", "it's"],
      ["snake_case", "snake_case"],
      ["launch 🚀 today", "🚀"],
      ["كِتَاب جديد", "كتاب"],
      ["हिन्दी में लिखा", "हिन्दी"],
      ["Ёлка и йод", "елка"],
    ]
    for (const [text, term] of held) assert.isTrue(inText(text, term), `${term} in ${text}`)
    const notHeld: ReadonlyArray<readonly [string, string]> = [
      ["The paint said so", "ai"],
      ["cafeteria", "cafe"],
      ["snake_case", "snake"],
      ["ai2 and AIs", "ai"],
      ["किताब", "कि"],
      ["a𝐛c", "a"],
    ]
    for (const [text, term] of notHeld) assert.isFalse(inText(text, term), `${term} in ${text}`)
  })

  it("may be phrases, over any white space, but not from the title into the body", () => {
    assert.isTrue(inText("moved to New\n  York\u00a0City", "new york city"))
    assert.isFalse(inText("renew yorkshire", "new york"))
    assert.isFalse(inText("new and york", "new york"))
    const { include } = filter({ include: ["new york"] })
    assert.strictEqual(verdict({ include, exclude: [], sample: 1 }, signal(1, "Something new", "York is old")), "filtered")
  })

  it("are found in scripts that write no spaces, and beside them; Korean words with their particles", () => {
    assert.isTrue(inText("昨日京都に行きました", "京都"))
    assert.isTrue(inText("最新のAI技術", "ai"))
    assert.isTrue(inText("ไปกรุงเทพวันนี้", "กรุงเทพ"))
    assert.isTrue(inText("ﾃｽﾄです", "テスト"))
    assert.isTrue(inText("서울에서 만나요", "서울"))
    assert.isFalse(inText("북서울 소식", "서울"))
    assert.isFalse(inText("각도", "가"))
  })

  it("are found at a later place when the first is inside of a longer word", () => {
    assert.isTrue(inText("paint by ai", "ai"))
    assert.isTrue(inText(`${"ai".repeat(5_000)} ai`, "ai"))
  })
})

describe("the filter of a target", () => {
  it("lets through what holds one of the included terms and none of the excluded ones", () => {
    const both = filter({ include: ["rust", "compiler"], exclude: ["game"] })
    assert.isNull(verdict(both, signal(1, "Rust 2.0")))
    assert.isNull(verdict(both, signal(2, "News", "a new compiler")))
    assert.strictEqual(verdict(both, signal(3, "Python")), "filtered")
    assert.strictEqual(verdict(both, signal(4, "Rust, the game")), "filtered")
    assert.isNull(verdict(filter({ exclude: ["game"] }), signal(5, "anything")))
  })

  it("samples the same things always, about as many as it says, and more of them where the share is greater", () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => signal(`t3_${i.toString(36)}`, ""))
    const chosen = (sample: number) => new Set(ids.filter((one) => verdict(filter({ sample }), one) === null).map(({ id }) => id))
    const tenth = chosen(0.1)
    assert.isAtLeast(tenth.size, 1_850)
    assert.isAtMost(tenth.size, 2_150)
    assert.deepStrictEqual(chosen(0.1), tenth)
    const half = chosen(0.5)
    assert.isTrue([...tenth].every((id) => half.has(id)))
    assert.strictEqual(verdict(filter({ sample: 0 }), ids[0]!), "sampled")
    // Pinned: another hash would choose other things after an update.
    assert.deepStrictEqual(
      ["t3_a", "t3_b", "t3_c", "t3_d", "t3_e", "t3_f", "t3_g", "t3_h"].filter(
        (id) => verdict(filter({ sample: 0.5 }), signal(id, "")) === null,
      ),
      ["t3_a", "t3_c", "t3_f"],
    )
  })

  it("samples authors where the id names them: all or none of what one writes", () => {
    const half = filter({ sample: 0.5 })
    const fates = Array.from({ length: 50 }, (_, author) =>
      [1, 2, 3].map((post) => verdict(half, signal(`did:plc:a${author}/${post}`, "", "", "bluesky"))),
    )
    for (const fate of fates) assert.strictEqual(new Set(fate).size, 1)
    assert.strictEqual(new Set(fates.map(([first]) => first)).size, 2)
    const addresses = new Set([1, 2, 3, 4, 5, 6, 7, 8].map((n) => verdict(half, signal(`https://example.org/${n}`, "", "", "feed"))))
    assert.strictEqual(addresses.size, 2)
  })

  it("says what is wrong with options, and is none where they ask for nothing", () => {
    assert.isNull(Result.getOrThrow(filterOf({ sort: "new" })))
    assert.isNull(Result.getOrThrow(filterOf({ include: [], sample: 1 })))
    const wrong = (options: Record<string, unknown>) => Result.match(filterOf(options), { onSuccess: () => "", onFailure: (why) => why })
    assert.match(wrong({ include: "ai" }), /^include is "ai": it may be a list of at most 50 terms/)
    assert.match(wrong({ exclude: ["ok", "\u0301"] }), /^exclude has the term/)
    assert.match(wrong({ include: ["x".repeat(101)] }), /^include has the term/)
    assert.match(wrong({ include: Array.from({ length: 51 }, (_, i) => `a${i}`) }), /^include is/)
    for (const sample of [-0.1, 1.1, "0.5", Number.NaN, null]) assert.match(wrong({ sample }), /^sample is .*: a number from 0 to 1$/)
    assert.strictEqual(described({ include: ["AI", "new york"], sample: 0.25 }), 'include "AI", "new york"; sample 0.25')
    assert.strictEqual(described({ sort: "new", sample: 1 }), "")
  })
})
