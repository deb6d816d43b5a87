import { assert, it } from "@effect/vitest"
import { initial, type Load, next } from "@signalflow/platform/EngineMemory"
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const after = (shares: ReadonlyArray<number>, from: Load = initial) => shares.reduce(next, from)

it("memory is given back only after several calm samples", () => {
  assert.strictEqual(after([0.1, 0.1]).mode, "fast")
  assert.strictEqual(after([0.1, 0.1, 0.1]).mode, "frugal")
  assert.strictEqual(after([0.1, 0.1, 0.9, 0.1, 0.1]).mode, "fast")
})

it("one busy sample ends the frugal mode, and calm begins it again", () => {
  const frugal = after(Array.from({ length: 100 }, () => 0.05))
  assert.strictEqual(next(frugal, 1.4).mode, "fast")
  assert.strictEqual(after([1.4, 0.1, 0.1, 0.1], frugal).mode, "frugal")
})

it("this Node knows the flags that it is given", () => {
  const engine = fileURLToPath(import.meta.resolve("@signalflow/platform/EngineFlags"))
  const { stderr, status } = spawnSync(
    process.execPath,
    ["--memory-saver-mode", "--no-memory-saver-mode", "--import", new URL(`file://${engine}`).href, "-e", ""],
    { encoding: "utf8" },
  )
  assert.strictEqual(stderr, "")
  assert.strictEqual(status, 0)
})
