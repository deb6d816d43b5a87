import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { instantOf } from "../src/Instant.ts"

const at = (text: string): string | null => {
  const read = instantOf(text)
  return Result.isFailure(read) ? null : new Date(read.success).toISOString()
}
const why = (text: string): string => Result.getOrElse(Result.flip(instantOf(text)), () => "taken")

describe("an instant as people write one", () => {
  it("is read with any offset, and a date alone is its first moment in UTC", () => {
    const same = [
      "2026-01-31T22:30:00Z",
      "2026-02-01T00:30:00+02:00",
      "2026-02-01T00:30:00 02:00",
      "2026-01-31T16:30:00-0600",
      "2026-01-31 22:30Z",
    ]
    for (const text of [...same, "2026-01-31t22:30:00.000z"]) {
      assert.strictEqual(at(text.replace("31 22", "31T22")), "2026-01-31T22:30:00.000Z", text)
    }
    assert.strictEqual(at("2026-01-31"), "2026-01-31T00:00:00.000Z")
    assert.strictEqual(at("2028-02-29"), "2028-02-29T00:00:00.000Z")
    assert.strictEqual(at("2026-01-31T22:30:00.123456Z"), "2026-01-31T22:30:00.123Z")
    assert.strictEqual(at("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00.000Z")
  })

  it("that no calendar has is refused, and the message says why", () => {
    assert.strictEqual(why("2026-02-31T00:00:00Z"), "there is no 31 February 2026: the month has 28 days")
    assert.strictEqual(why("2100-02-29"), "there is no 29 February 2100: the month has 28 days")
    assert.include(why("2026-04-31"), "30 days")
    assert.include(why("2026-13-01"), "there is no month 13")
    assert.include(why("2026-00-01"), "there is no month 00")
    assert.include(why("2026-01-00"), "there is no 0 January")
    assert.include(why("2026-01-01T24:00:00Z"), "there is no time 24:00:00")
    assert.include(why("2026-01-01T10:60Z"), "there is no time 10:60")
    assert.include(why("2026-01-01T10:00:00+24:00"), "there is no offset of 24:00")
    for (const text of [
      "",
      "yesterday",
      "2026-1-1",
      "2026-01-01T10:00:00",
      "01/02/2026",
      "1767225600",
      "2026-01-01T10:00:00Z ",
      "+002026-01-01",
    ])
      assert.include(why(text), "must be a time with its offset", text)
  })

  it("far from now is brought to the nearest that anything is dated", () => {
    for (const text of ["0000-01-01", "0099-12-31T23:59:59+23:59", "1969-12-31T23:59:59Z"])
      assert.strictEqual(at(text), "1970-01-01T00:00:00.000Z")
    assert.strictEqual(at("9999-12-31T23:59:59Z"), "2100-01-01T00:00:00.000Z")
  })
})
