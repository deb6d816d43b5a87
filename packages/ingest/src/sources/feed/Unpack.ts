import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync, type ZlibOptions, zstdDecompressSync } from "node:zlib"

const MOST_LAYERS = 3

export class Packed extends Error {
  readonly tooLarge: boolean

  constructor(tooLarge: boolean) {
    super(tooLarge ? "too large" : "cannot be unpacked")
    this.tooLarge = tooLarge
  }
}

const isGzip = (bytes: Buffer) => bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8
const isZstd = (bytes: Buffer) => bytes.length > 4 && bytes.readUInt32LE(0) === 0xfd2fb528
const isZlib = (bytes: Buffer) => bytes.length > 2 && (bytes[0]! & 0x8f) === 8 && bytes.readUInt16BE(0) % 31 === 0

/** Starts with white space, a mark, `<`, `{` or `[`, also in UTF-16: a document, not something packed. */
const isText = (bytes: Buffer): boolean => {
  const start = bytes.toString("latin1", 0, 1_000)
  return /^(?:\xfe\xff|\xff\xfe|\xef\xbb\xbf|[\s\0]*[<{[])/.test(start)
}

/** Where the packed data of a gzip member begins, or -1. */
const afterGzipHeader = (bytes: Buffer): number => {
  const flags = bytes[3] ?? 0
  let at = 10
  if ((flags & 4) !== 0) at += 2 + (bytes.length >= at + 2 ? bytes.readUInt16LE(at) : bytes.length)
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue
    const end = bytes.indexOf(0, at)
    if (end === -1) return -1
    at = end + 1
  }
  return at + ((flags & 2) !== 0 ? 2 : 0)
}

// Browsers show what arrived of a packed body that was cut, and what its check sum does not fit.
const lenient = (maxOutputLength: number): ZlibOptions => ({ maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH })

const isTooLarge = (error: unknown) => (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE"

const firstThatUnpacks = (attempts: ReadonlyArray<() => Buffer>): Buffer | null => {
  for (const attempt of attempts) {
    try {
      const unpacked = attempt()
      if (unpacked.length > 0) return unpacked
    } catch (error) {
      if (isTooLarge(error)) throw new Packed(true)
    }
  }
  return null
}

const layer = (bytes: Buffer, encodings: ReadonlySet<string>, most: number): Buffer | null => {
  const zlib = lenient(most)
  const raw = (from: number) => () => inflateRawSync(bytes.subarray(from), zlib)
  if (isGzip(bytes)) return firstThatUnpacks([() => gunzipSync(bytes, zlib), raw(Math.max(10, afterGzipHeader(bytes)))])
  if (isZstd(bytes))
    return firstThatUnpacks([() => zstdDecompressSync(bytes, { maxOutputLength: most, finishFlush: constants.ZSTD_e_flush })])
  if (isText(bytes)) return bytes
  if (encodings.has("br"))
    return firstThatUnpacks([() => brotliDecompressSync(bytes, { maxOutputLength: most, finishFlush: constants.BROTLI_OPERATION_FLUSH })])
  if (isZlib(bytes)) return firstThatUnpacks([() => inflateSync(bytes, zlib), raw(2), raw(0)])
  return encodings.has("deflate") ? firstThatUnpacks([raw(0)]) : bytes
}

/**
 * The document in a body: what the bytes are counts, not what the header calls them (packed twice, packed although the header does not say so, called
 * packed although it is not, cut at its end). Throws `Packed`.
 */
export const unpacked = (body: Buffer, contentEncoding: string | undefined, most: number): Buffer => {
  const encodings = new Set((contentEncoding ?? "").toLowerCase().split(/[\s,]+/))
  let bytes = body
  for (let n = 0; n < MOST_LAYERS && bytes.length > 0; n++) {
    const inner = layer(bytes, encodings, most)
    if (inner === null) throw new Packed(false)
    if (inner === bytes) return bytes
    bytes = inner
  }
  return bytes
}
