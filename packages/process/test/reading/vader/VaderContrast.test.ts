import { assert, describe, it } from "@effect/vitest"
import { weighByContrast } from "../../../src/reading/vader/VaderContrast.ts"
import { numbersFrom } from "../recorded.ts"

/** The reference's loop, which changes the list that it walks. */
const reference = (valences: ReadonlyArray<number>, but: number): ReadonlyArray<number> => {
  const list = [...valences]
  for (let i = 0; i < list.length; i++) {
    const value = list[i]!
    const first = list.indexOf(value)
    if (first < but) list.splice(first, 1, value * 0.5)
    else if (first > but) list.splice(first, 1, value * 1.5)
  }
  return list
}

describe("VaderContrast", () => {
  it("halves before and strengthens after", () => {
    const valences = [2, 0, 3]
    weighByContrast(valences, 1)
    assert.deepStrictEqual(valences, [1, 0, 4.5])
  })

  it("changes the first of equal values again, as list.index does", () => {
    const valences = [2, 1, 0, 2]
    weighByContrast(valences, 2)
    assert.deepStrictEqual(valences, [0.5, 1, 0, 3])
  })

  it("does what the reference's quadratic loop does", () => {
    const next = numbersFrom(7)
    for (let round = 0; round < 3000; round++) {
      const length = 1 + Math.floor(next() * 24)
      const but = Math.floor(next() * length)
      const valences = Array.from({ length }, (_, i) => (i === but ? 0 : [0, 1, 2, 4, -1, -2, 1.5, 3][Math.floor(next() * 8)]!))
      const weighed = [...valences]
      weighByContrast(weighed, but)
      assert.deepStrictEqual(weighed, reference(valences, but), JSON.stringify({ valences, but }))
    }
  })

  it("takes a hundred thousand equal words in one go", () => {
    const valences = Array.from({ length: 100_000 }, () => 1.9)
    weighByContrast(valences, 50_000)
    assert.strictEqual(valences.length, 100_000)
  })
})
