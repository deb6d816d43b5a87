import { assert, describe, it } from "@effect/vitest"
import { BoundedMap } from "../../src/reading/BoundedMap.ts"

describe("BoundedMap", () => {
  it("never holds more than its limit", () => {
    const map = new BoundedMap<number>(100)
    for (let i = 0; i < 10_000; i++) map.set(String(i), () => i)
    assert.isAtMost(map.size, 100)
    assert.strictEqual(map.get("9999"), 9999)
    assert.isUndefined(map.get("1"))
  })

  it("keeps what is asked for", () => {
    const map = new BoundedMap<string>(100)
    map.set("kept", () => "yes")
    for (let i = 0; i < 10_000; i++) {
      map.set(String(i), String)
      assert.strictEqual(map.get("kept"), "yes")
    }
  })

  it("stores lone surrogates and NUL as they are", () => {
    const map = new BoundedMap<string>(10)
    for (const key of ["\ud83d", "a\0b", "\udc00 a longer key with \ud800 in it"]) {
      assert.strictEqual(
        map.set(key, (own) => own),
        key,
      )
      assert.strictEqual(map.get(key), key)
    }
  })
})
