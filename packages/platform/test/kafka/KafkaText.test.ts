import { assert, it } from "@effect/vitest"
import { decodeText, encodeText } from "../../src/kafka/KafkaText.ts"
import { makeOften } from "../../src/kafka/kafkajs/KafkaJsLogs.ts"
import { split } from "../../src/kafka/KafkaPublishing.ts"

it("brings any text back as it was, and leaves text that UTF-8 can hold in UTF-8", () => {
  for (const text of ["", "plain", "é 東京 👍 \u0000", "\ud800", "a\udfffb", "\ufeff mark", "\ufffe", "\uffff"])
    assert.strictEqual(decodeText(encodeText(text)), text)
  assert.deepStrictEqual(encodeText("é 東京"), Buffer.from("é 東京", "utf8"))
})

it("splits what one batch cannot hold, in order, and sends what is too large alone", () => {
  const message = (size: number, n: number) => ({ key: String(n), value: "x".repeat(size), headers: { producer: "test" } })
  const sizes = [10, 400_000, 400_000, 400_000, 2_000_000, 10]
  const messages = sizes.map(message)
  const parts = split(messages)
  assert.deepStrictEqual(parts.flat(), messages)
  assert.deepStrictEqual(
    parts.map((part) => part.length),
    [3, 1, 1, 1],
  )
  assert.deepStrictEqual(split([]), [])
  assert.deepStrictEqual(
    split(Array.from({ length: 12_000 }, (_, n) => message(1, n))).map((part) => part.length),
    [5_000, 5_000, 2_000],
  )
})

it("writes a line that repeats once in a while, with how often it was left out", () => {
  const often = makeOften()
  assert.strictEqual(often("refused", 0), "refused")
  assert.strictEqual(often("refused", 5_000), null)
  assert.strictEqual(often("other", 5_000), "other")
  assert.strictEqual(often("refused", 9_999), null)
  assert.strictEqual(often("refused", 10_000), "refused (and 2 times since it was last said)")
  assert.strictEqual(often("refused", 30_000), "refused")
})
