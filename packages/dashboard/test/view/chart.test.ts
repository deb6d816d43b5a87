import { assert, describe, it } from "@effect/vitest"
import { areaPath, ceiling, linePath, runs } from "../../src/view/chart.ts"

describe("a chart", () => {
  it("stands on zero, and on the floor when all is zero", () => {
    assert.deepStrictEqual(runs([0, 10], 10, 20), [
      [
        { x: 0, y: 20 },
        { x: 10, y: 0 },
      ],
    ])
    assert.strictEqual(ceiling([0, null]), 1)
  })

  it("leaves a gap open: an outage is not a zero", () => {
    const drawn = runs([1, null, null, 1, 1], 40, 10)
    assert.deepStrictEqual(
      drawn.map((run) => run.map(({ x }) => x)),
      [[0], [30, 40]],
    )
  })

  it("draws lines and areas", () => {
    const [run = []] = runs([0, 2], 10, 10)
    assert.strictEqual(linePath(run), "M0 10L10 0")
    assert.strictEqual(areaPath(run, 10), "M0 10L10 0L10 10L0 10Z")
    assert.strictEqual(areaPath([], 10), "")
  })
})
