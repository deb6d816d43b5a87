import { assert, describe, it } from "@effect/vitest"
import { type Signal, signalId } from "@signalflow/domain/signals/Signal"
import type { Observed } from "@signalflow/domain/signals/SignalEvent"
import { Result } from "effect"
import { describe as described, filterOf, verdict } from "../../src/targets/TargetFilter.ts"
import { observed } from "../Fixtures.ts"

const filter = (options: Record<string, unknown>) => Result.getOrThrow(filterOf(options))!

const signal = (n: number | string, title: string, body = "", platform = "reddit"): Signal => {
  const { signal } = observed(platform, 1) as Observed
  return { ...signal, id: signalId(platform, n), title, body }
}

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
