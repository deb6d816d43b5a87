import { Effect } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { createHash } from "node:crypto"
import { type Dirent, existsSync } from "node:fs"
import { readdir, readFile, stat } from "node:fs/promises"
import { join, relative, sep } from "node:path"
import { promisify } from "node:util"
import { brotliCompress, constants, gzip } from "node:zlib"
import { problem } from "./Problem.ts"

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
}
const COMPRESSIBLE = new Set([".html", ".js", ".css", ".json", ".map", ".svg", ".txt", ".webmanifest"])
const MAX_FILE = 10 * 1024 * 1024
const MAX_FILES = 2_000
const INDEX = "/index.html"

type Encoding = "br" | "gzip" | "identity"

interface Page {
  readonly type: string
  readonly etag: string
  readonly variants: ReadonlyMap<Encoding, Uint8Array>
}

const extension = (path: string): string => /\.[a-z0-9]+$/i.exec(path)?.[0].toLowerCase() ?? ""

/** Paths of the build as a browser asks for them. Only these are ever read: no request names a file. */
const listing = async (directory: string): Promise<ReadonlyMap<string, string>> => {
  const entries: Array<Dirent> = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && TYPES[extension(entry.name)] !== undefined).slice(0, MAX_FILES)
  return new Map(
    files.map((entry) => {
      const file = join(entry.parentPath, entry.name)
      return [`/${relative(directory, file).split(sep).join("/")}`, file]
    }),
  )
}

const compressBrotli = promisify(brotliCompress)
const compressGzip = promisify(gzip)

/** Ready-made `.br` and `.gz` files are used; else a text is compressed once. */
const variantsOf = async (file: string, bytes: Uint8Array): Promise<ReadonlyMap<Encoding, Uint8Array>> => {
  const variants = new Map<Encoding, Uint8Array>([["identity", bytes]])
  if (!COMPRESSIBLE.has(extension(file)) || bytes.length < 1_024) return variants
  const made = async (suffix: string, compress: () => Promise<Uint8Array>) =>
    existsSync(file + suffix) ? readFile(file + suffix) : compress()
  variants.set("br", await made(".br", () => compressBrotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } })))
  variants.set("gzip", await made(".gz", () => compressGzip(bytes)))
  return variants
}

const load = async (file: string): Promise<Page | undefined> => {
  const { size } = await stat(file)
  if (size > MAX_FILE) return undefined
  const bytes = await readFile(file)
  const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`
  return { type: TYPES[extension(file)]!, etag, variants: await variantsOf(file, bytes) }
}

const encodingFor = (accepts: string | undefined, page: Page): Encoding => {
  const given = (accepts ?? "").toLowerCase()
  const takes = (name: string) => new RegExp(`(^|[,\\s])${name}\\s*(;\\s*q=(?!0(\\.0*)?\\s*(,|$))[\\d.]+)?\\s*(,|$)`).test(given)
  if (page.variants.has("br") && takes("br")) return "br"
  return page.variants.has("gzip") && takes("gzip") ? "gzip" : "identity"
}

/** Vite names what it builds by content, so it never changes; the page itself is asked for anew each time. */
const cacheOf = (path: string): string => {
  if (path === INDEX) return "no-store"
  return path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache"
}

const pathOf = (url: string): string | undefined => {
  try {
    return decodeURIComponent(url.split("?")[0] ?? "/").replace(/\/{2,}/g, "/")
  } catch {
    return undefined
  }
}

export type Static = (request: HttpServerRequest.HttpServerRequest) => Effect.Effect<HttpServerResponse.HttpServerResponse>

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>SignalFlow</title>
<h1>SignalFlow is running, its dashboard is not built</h1>
<p>Build it with <code>npm run build -w @signalflow/dashboard</code> and start again. The API is there: <a href="/docs">/docs</a>.</p></html>`

/** The built dashboard in `directory`; a page of the application for every path that is no file. Null = how to build it. */
export const staticFiles = (directory: string | null): Static => {
  const pages = new Map<string, Promise<Page | undefined>>()
  let known: ReadonlyMap<string, string> = new Map()
  let builtAt = -1

  /** Looks again when the build has changed. */
  const refresh = async (root: string): Promise<void> => {
    const { mtimeMs } = await stat(join(root, "index.html"))
    if (mtimeMs === builtAt) return
    known = await listing(root)
    pages.clear()
    builtAt = mtimeMs
  }

  const find = async (root: string, path: string) => {
    if (!known.has(path) || path === INDEX) await refresh(root)
    const isFile = known.has(path)
    if (!isFile && (path.startsWith("/assets/") || !known.has(INDEX))) return undefined
    const name = isFile ? path : INDEX
    const page = pages.get(name) ?? load(known.get(name)!)
    pages.set(name, page)
    return { name, page: await page }
  }

  const respond = (request: HttpServerRequest.HttpServerRequest, name: string, page: Page) => {
    const encoding = encodingFor(request.headers["accept-encoding"], page)
    const headers: Record<string, string> = { "cache-control": cacheOf(name), etag: page.etag, vary: "accept-encoding" }
    if (name !== INDEX && request.headers["if-none-match"] === page.etag) return HttpServerResponse.empty({ status: 304, headers })
    if (encoding !== "identity") headers["content-encoding"] = encoding
    return HttpServerResponse.uint8Array(page.variants.get(encoding)!, { contentType: page.type, headers })
  }

  return (request) =>
    Effect.gen(function* () {
      if (directory === null) return HttpServerResponse.html(NOT_BUILT)
      const path = pathOf(request.url)
      if (path === undefined || path.includes("\0")) return problem(400, "The path is not well-formed")
      const found = yield* Effect.promise(() => find(directory, path === "/" ? INDEX : path).catch(() => undefined))
      if (!known.has(INDEX)) return HttpServerResponse.html(NOT_BUILT)
      if (found?.page === undefined) return problem(404, "There is no such page or file")
      return respond(request, found.name, found.page)
    })
}
