import { assert, describe, it } from "@effect/vitest"
import { decompress, snappy } from "../../src/kafka/kafkajs/Snappy.ts"

const text = Buffer.from("signals, signals and signals: ".repeat(200))
const compressed = await snappy().compress({ buffer: text })

/** As Java's producers write it: header, versions, then each block behind its length. */
const framed = (...blocks: ReadonlyArray<Buffer>) => {
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])
  return Buffer.concat([
    header,
    ...blocks.flatMap((block) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(block.length)
      return [length, block]
    }),
  ])
}

describe("Snappy", () => {
  it("reads what it wrote, and what it wrote is smaller", () => {
    assert.isBelow(compressed.length, text.length / 5)
    assert.deepStrictEqual(decompress(compressed), text)
  })

  it("reads a block that another implementation wrote", () =>
    // "a" and nine more by a copy of length nine at offset one, after the specification of the format.
    assert.strictEqual(decompress(Buffer.from([10, 0x00, 0x61, ((9 - 4) << 2) | 1, 1])).toString(), "a".repeat(10)))

  it("reads the framing of Java's producers, one block or several", () => {
    assert.deepStrictEqual(decompress(framed(compressed)), text)
    assert.deepStrictEqual(decompress(framed(compressed, compressed)), Buffer.concat([text, text]))
    assert.strictEqual(decompress(framed()).length, 0)
  })

  for (const [name, bytes] of Object.entries({
    "text that was never compressed": Buffer.from("no Snappy at all"),
    "a block that is cut": compressed.subarray(0, -3),
    "a length that is a lie": Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2]),
    nothing: Buffer.alloc(0),
    "a frame that is cut": framed(compressed).subarray(0, -3),
    "a length that is cut": framed(compressed).subarray(0, 18),
  }))
    it(`says so of ${name}, and reads on`, () => {
      assert.throws(() => decompress(bytes), /Snappy/)
      assert.deepStrictEqual(decompress(compressed), text)
    })
})
