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

/** Members that are read of one body. */
const MOST_MEMBERS = 1_000

/** One packed stream after the other, as far as they can be read; what follows the last, such as filling zeros, is left. */
const members = (
  bytes: Buffer,
  most: number,
  startOf: (at: Buffer) => number,
  tail: number,
  unpack: (from: Buffer, most: number) => { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } },
): Buffer => {
  const parts: Array<Buffer> = []
  let size = 0
  let rest = bytes
  while (parts.length < MOST_MEMBERS) {
    const start = startOf(rest)
    if (start === -1) break
    try {
      const { buffer, engine } = unpack(rest.subarray(start), most - size)
      if (parts.length > 0 && engine.bytesWritten === 0) break
      parts.push(buffer)
      size += buffer.length
      rest = rest.subarray(start + engine.bytesWritten + tail)
    } catch (error) {
      if (parts.length === 0 || isTooLarge(error)) throw error
      break
    }
    if (size >= most && startOf(rest) !== -1) throw new Packed(true)
  }
  return Buffer.concat(parts)
}

type Told = ReturnType<Parameters<typeof members>[4]>

const gunzipped = (bytes: Buffer, most: number) =>
  members(
    bytes,
    most,
    (at) => (isGzip(at) ? Math.max(10, afterGzipHeader(at)) : -1),
    8,
    (from, left) => inflateRawSync(from, { ...lenient(left), info: true }) as unknown as Told,
  )

const unzstd = (bytes: Buffer, most: number) =>
  members(
    bytes,
    most,
    (at) => (isZstd(at) ? 0 : -1),
    0,
    (from, left) => zstdDecompressSync(from, { maxOutputLength: left, finishFlush: constants.ZSTD_e_flush, info: true }) as unknown as Told,
  )

/** Holds what no text does in its beginning, in any charset without zero bytes. */
const isBinary = (bytes: Buffer): boolean => bytes.subarray(0, 200).some((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27))

/** A body without the line ends or the mark that a script sent before it packed the rest. */
const unled = (bytes: Buffer): Buffer => {
  const lead = /^(?:\xef\xbb\xbf|\s){1,16}/.exec(bytes.toString("latin1", 0, 60))?.[0] ?? ""
  const rest = bytes.subarray(lead.length)
  return isGzip(rest) ? rest : bytes
}

const layer = (bytes: Buffer, encodings: ReadonlySet<string>, most: number): Buffer | null => {
  const zlib = lenient(most)
  const raw = (from: number) => () => inflateRawSync(bytes.subarray(from), zlib)
  if (isGzip(bytes)) return firstThatUnpacks([() => gunzipSync(bytes, zlib), () => gunzipped(bytes, most)])
  if (isZstd(bytes)) return firstThatUnpacks([() => unzstd(bytes, most)])
  if (isText(bytes)) return bytes
  const brotli = () => brotliDecompressSync(bytes, { maxOutputLength: most, finishFlush: constants.BROTLI_OPERATION_FLUSH })
  const claimed = [...(encodings.has("br") ? [brotli] : []), ...(isZlib(bytes) ? [() => inflateSync(bytes, zlib), raw(2), raw(0)] : [])]
  if (encodings.has("deflate")) claimed.push(raw(0))
  const found = firstThatUnpacks(claimed)
  if (found !== null) return found
  // Words before the document, or a charset that begins with none of the marks: not packed at all.
  if (!isBinary(bytes)) return bytes
  for (const attempt of [brotli, raw(0)]) {
    const other = firstThatUnpacks([attempt])
    if (other !== null && isText(other)) return other
  }
  return claimed.length > 0 ? null : bytes
}

/**
 * The document in a body: what the bytes are counts, not what the header calls them (packed twice, packed although the header does not say so, called
 * packed although it is not, cut at its end). Throws `Packed`.
 */
export const unpacked = (body: Buffer, contentEncoding: string | undefined, most: number): Buffer => {
  const encodings = new Set((contentEncoding ?? "").toLowerCase().split(/[\s,]+/))
  let bytes = unled(body)
  for (let n = 0; n < MOST_LAYERS && bytes.length > 0; n++) {
    const inner = layer(bytes, encodings, most)
    if (inner === null) throw new Packed(false)
    if (inner === bytes) return bytes
    bytes = inner
  }
  return bytes
}
