import { assert, describe, it } from "@effect/vitest"
import { nearest, unknownParameters } from "../../src/http/QueryNames.ts"

const known = ["cursor", "page_size", "platform", "topic", "since", "until", "sort"]

describe("the names of query parameters", () => {
  it("that are almost right have the right one as a hint", () => {
    for (const name of ["page-size", "pageSize", "PAGESIZE", "page_sise", "pagesiz"])
      assert.strictEqual(nearest(name, known), "page_size", name)
    for (const [name, meant] of [
      ["plattform", "platform"],
      ["topics", "topic"],
      ["sinse", "since"],
      ["Sort", "sort"],
    ] as const)
      assert.strictEqual(nearest(name, known), meant)
    for (const name of ["q", "xyzzy", "", "💥", "a".repeat(5_000), "__proto__", "constructor"])
      assert.isUndefined(nearest(name, known), name)
  })

  it("that are unknown are all named, once, at a bounded length", () => {
    assert.isUndefined(unknownParameters(["topic", "since"], known))
    const refused = unknownParameters(["topic", "q", "q", "pageSize"], known)
    assert.deepStrictEqual(
      refused?.errors?.map(({ path }) => path),
      [
        ["query", "q"],
        ["query", "pageSize"],
      ],
    )
    assert.include(refused?.detail, "did you mean page_size?")
    const many = unknownParameters(
      Array.from({ length: 900 }, (_, n) => `${n}${"x".repeat(300)}`),
      [],
    )
    assert.isAtMost(many!.errors!.length, 20)
    assert.isAtMost(many!.detail.length, 1_001)
    assert.isTrue(many!.errors!.every(({ path }) => String(path[1]).length <= 61))
  })
})
