import { snappyCompress, snappyDecompress } from "@platformatic/wasm-utils"

/** What xerial's Java library, and so every Java producer, writes before its chunks: this, two versions, then a length before each chunk. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const XERIAL_HEADER = 16
const LENGTH = 4

/** A Snappy block, or several in xerial's framing, as the bytes that they were. Throws where they are not whole. */
export const decompress = (data: Buffer): Buffer => {
  const isFramed = data.length >= XERIAL_HEADER && data.subarray(0, XERIAL.length).equals(XERIAL)
  if (!isFramed) return block(data)
  const blocks: Array<Buffer> = []
  for (let at = XERIAL_HEADER; at < data.length;) {
    const length = at + LENGTH > data.length ? Number.POSITIVE_INFINITY : data.readUInt32BE(at)
    at += LENGTH
    if (at + length > data.length) throw new Error("A Snappy frame is cut short")
    blocks.push(block(data.subarray(at, at + length)))
    at += length
  }
  return Buffer.concat(blocks)
}

const block = (data: Buffer): Buffer => {
  try {
    return snappyDecompress(data)
  } catch (cause) {
    throw new Error(`${data.length} bytes are not Snappy`, { cause })
  }
}

/** Snappy as a codec of kafkajs. */
export const snappy = () => ({
  compress: async ({ buffer }: { readonly buffer: Buffer }): Promise<Buffer> => snappyCompress(buffer),
  decompress: async (data: Buffer): Promise<Buffer> => decompress(data),
})
