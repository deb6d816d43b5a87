import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { createHash } from "node:crypto"
import { promisify } from "node:util"
import { brotliCompress, constants, gzip } from "node:zlib"

export type Encoding = "br" | "gzip" | "identity"

/** Something that is served again and again, with every encoding of it made once. */
export interface Page {
  readonly type: string
  readonly tag: string
  readonly variants: ReadonlyMap<Encoding, Uint8Array>
}

const SMALL = 1_024

const compressGzip = promisify(gzip)
const compressBrotli = (bytes: Uint8Array): Promise<Uint8Array> =>
  promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } })

/** `made` finds an encoding that was made before; what it does not find is made here. */
export const compressed = async (
  bytes: Uint8Array,
  made: (encoding: Encoding) => Promise<Uint8Array> | undefined = () => undefined,
): Promise<ReadonlyMap<Encoding, Uint8Array>> => {
  const variants = new Map<Encoding, Uint8Array>([["identity", bytes]])
  if (bytes.length < SMALL) return variants
  variants.set("br", await (made("br") ?? compressBrotli(bytes)))
  variants.set("gzip", await (made("gzip") ?? compressGzip(bytes)))
  return variants
}

const tagOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64url").slice(0, 22)

export const pageOf = (type: string, bytes: Uint8Array, variants: ReadonlyMap<Encoding, Uint8Array>): Page => ({
  type,
  tag: tagOf(bytes),
  variants,
})

const takes = (accepts: string, encoding: Encoding): boolean =>
  accepts.split(",").some((part) => {
    const [name = "", ...parameters] = part.toLowerCase().split(";")
    return name.trim() === encoding && !parameters.some((parameter) => /^\s*q\s*=\s*0(\.0*)?\s*$/.test(parameter))
  })

type Request = HttpServerRequest.HttpServerRequest

const encodingFor = (request: Request, has: (encoding: Encoding) => boolean): Encoding =>
  (["br", "gzip"] as const).find((encoding) => has(encoding) && takes(request.headers["accept-encoding"] ?? "", encoding)) ?? "identity"

const etagOf = (tag: string, encoding: Encoding): string => (encoding === "identity" ? `"${tag}"` : `"${tag}-${encoding}"`)

const matches = (given: string | undefined, etag: string): boolean =>
  (given ?? "").split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === etag)

/** The page in an encoding that the client takes, or 304 if it has it. */
export const respond = (request: Request, page: Page, extra: Record<string, string>): HttpServerResponse.HttpServerResponse => {
  const encoding = encodingFor(request, (one) => page.variants.has(one))
  const etag = etagOf(page.tag, encoding)
  const headers: Record<string, string> = { ...extra, etag, vary: "accept-encoding" }
  if (matches(request.headers["if-none-match"], etag)) return HttpServerResponse.empty({ status: 304, headers })
  if (encoding !== "identity") headers["content-encoding"] = encoding
  return HttpServerResponse.uint8Array(page.variants.get(encoding)!, { contentType: page.type, headers })
}

/** The fastest levels that still take JSON to about a fifth: these bytes are sent once. */
const packFor: Record<Exclude<Encoding, "identity">, (bytes: Uint8Array) => Promise<Uint8Array>> = {
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } }),
  gzip: (bytes) => promisify(gzip)(bytes, { level: 3 }),
}

/** Bytes that are made for one request, compressed if they are many, or 304 if the client has them. */
export const respondOnce = async (
  request: Request,
  type: string,
  bytes: Uint8Array,
  extra: Record<string, string>,
): Promise<HttpServerResponse.HttpServerResponse> => {
  const encoding = encodingFor(request, () => bytes.length >= SMALL)
  const etag = etagOf(tagOf(bytes), encoding)
  const headers: Record<string, string> = { ...extra, etag }
  if (matches(request.headers["if-none-match"], etag)) return HttpServerResponse.empty({ status: 304, headers })
  if (encoding === "identity") return HttpServerResponse.uint8Array(bytes, { contentType: type, headers })
  headers["content-encoding"] = encoding
  return HttpServerResponse.uint8Array(await packFor[encoding](bytes), { contentType: type, headers })
}
