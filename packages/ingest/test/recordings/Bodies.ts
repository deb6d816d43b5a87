import { readFileSync } from "node:fs"
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib"

/** One JSON body of a recorded file. */
export interface Body {
  /** Where in the file: `line 3`, `answer 2`, or nothing. */
  readonly where: string
  readonly body: unknown
}

export type Bodies =
  | { readonly _tag: "Bodies"; readonly bodies: ReadonlyArray<Body>; readonly unreadable: ReadonlyArray<Body> }
  | { readonly _tag: "Other"; readonly why: string }
  /** It should be JSON by its name, and is not. */
  | { readonly _tag: "Broken"; readonly why: string }

const MOST_BYTES = 400_000_000

const isGzip = (bytes: Buffer) => bytes[0] === 0x1f && bytes[1] === 0x8b
const isZstd = (bytes: Buffer) => bytes.length >= 4 && bytes.readUInt32LE(0) === 0xfd2fb528
const limits = { maxOutputLength: MOST_BYTES }

/** Bytes of a zstd file; frames of Jetstream need the dictionary that they were made with. */
const unzstd = (bytes: Buffer, dictionaries: ReadonlyArray<Buffer>): Buffer => {
  for (const dictionary of dictionaries)
    try {
      return zstdDecompressSync(bytes, { ...limits, dictionary })
    } catch {}
  return zstdDecompressSync(bytes, limits)
}

const inflated = (bytes: Buffer, dictionaries: ReadonlyArray<Buffer> = []): Buffer =>
  isGzip(bytes) ? gunzipSync(bytes, limits) : isZstd(bytes) ? unzstd(bytes, dictionaries) : bytes

export const parsed = (json: string): { readonly value: unknown } | null => {
  try {
    return { value: JSON.parse(json) as unknown }
  } catch {
    return null
  }
}

export const asRecord = (value: unknown): Record<string, unknown> | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null

/** The text of a recorded answer, or null when it has none. */
const answerText = (interaction: unknown): string | null => {
  const body = asRecord(asRecord(interaction)?.["response"])?.["body"]
  if (typeof body === "string") return body
  const { string, base64_string: base64 } = asRecord(body) ?? {}
  if (typeof string === "string") return string
  if (typeof base64 === "string") return inflated(Buffer.from(base64, "base64")).toString("utf8")
  const { text, encoding } = asRecord(asRecord(asRecord(interaction)?.["response"])?.["content"]) ?? {}
  if (typeof text !== "string") return null
  return encoding === "base64" ? inflated(Buffer.from(text, "base64")).toString("utf8") : text
}

/** A VCR cassette or an HTTP archive (HAR) gives the JSON of its answers; what is not JSON (error pages, empty answers) is no API body. */
const cassette = (body: unknown): ReadonlyArray<Body> | null => {
  const record = asRecord(body)
  const interactions = record?.["interactions"] ?? record?.["http_interactions"] ?? asRecord(record?.["log"])?.["entries"]
  if (!Array.isArray(interactions)) return null
  return interactions.flatMap((interaction, i) => {
    const json = parsed(answerText(interaction) ?? "")
    return json === null ? [] : [{ where: `answer ${i + 1}`, body: json.value }]
  })
}

const lines = (text: string) => {
  const bodies: Array<Body> = []
  const unreadable: Array<Body> = []
  text.split("\n").forEach((line, i) => {
    if (line.trim() === "") return
    const json = parsed(line)
    if (json === null) unreadable.push({ where: `line ${i + 1}`, body: line.slice(0, 200) })
    else bodies.push({ where: `line ${i + 1}`, body: json.value })
  })
  return { bodies, unreadable }
}

const isTable = (name: string, text: string) => /\.(csv|tsv)$/.test(name) && !/^\s*[[{]/.test(text)

/** The API bodies of a file, whatever way they were recorded. */
export const bodiesIn = (path: string, dictionaries: ReadonlyArray<Buffer> = []): Bodies => {
  const name = path.replace(/\.(gz|zst|zstd|br)$/, "")
  let bytes: Buffer
  try {
    const stored = readFileSync(path)
    bytes = path.endsWith(".br") ? brotliDecompressSync(stored, limits) : inflated(stored, dictionaries)
  } catch (error) {
    return { _tag: "Broken", why: `cannot be read: ${error instanceof Error ? error.message : String(error)}` }
  }
  if (bytes.subarray(0, 4_096).includes(0)) return { _tag: "Other", why: "binary" }
  const text = bytes.toString("utf8").replace(/^\ufeff/, "")
  if (text.trim() === "") return { _tag: "Other", why: "empty" }
  if (isTable(name, text)) return { _tag: "Other", why: "a table" }
  const whole = parsed(text)
  if (whole !== null) return { _tag: "Bodies", bodies: cassette(whole.value) ?? [{ where: "", body: whole.value }], unreadable: [] }
  const { bodies, unreadable } = lines(text)
  if (bodies.length > unreadable.length) return { _tag: "Bodies", bodies, unreadable }
  return /\.(json|jsonl|ndjson)$/.test(name) ? { _tag: "Broken", why: "not JSON" } : { _tag: "Other", why: "no JSON" }
}
