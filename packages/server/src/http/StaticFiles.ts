import { pages as paths } from "@signalflow/domain/api/Pages"
import { Effect } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { type Dirent, existsSync } from "node:fs"
import { readdir, readFile, stat } from "node:fs/promises"
import { join, relative, sep } from "node:path"
import { notFound } from "./NotFound.ts"
import { compressed, type Encoding, type Page, pageOf, respond } from "./Page.ts"
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

const SUFFIXES: Record<Encoding, string> = { br: ".br", gzip: ".gz", identity: "" }

const load = async (file: string): Promise<Page | undefined> => {
  const { size } = await stat(file)
  if (size > MAX_FILE) return undefined
  const bytes = await readFile(file)
  const made = (encoding: Encoding) => (existsSync(file + SUFFIXES[encoding]) ? readFile(file + SUFFIXES[encoding]) : undefined)
  const isText = COMPRESSIBLE.has(extension(file))
  return pageOf(TYPES[extension(file)]!, bytes, isText ? await compressed(bytes, made) : new Map([["identity", bytes]]))
}

/** Vite names what it builds by content, so it never changes; the page itself is asked for anew each time. */
const cacheOf = (path: string): string => {
  if (path === INDEX) return "no-store"
  return path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache"
}

const pathOf = (url: string): string | undefined => {
  try {
    const path = decodeURIComponent(url.split("?")[0] ?? "/").replace(/\/{2,}/g, "/")
    return path === "/" ? path : path.replace(/\/$/, "")
  } catch {
    return undefined
  }
}

export type Static = (request: HttpServerRequest.HttpServerRequest) => Effect.Effect<HttpServerResponse.HttpServerResponse>

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>SignalFlow</title>
<h1>SignalFlow is running, its dashboard is not built</h1>
<p>Build it with <code>npm run build -w @signalflow/dashboard</code> and start again. The API is there: <a href="/docs">/docs</a>.</p></html>`

const applicationPaths = new Set<string>(Object.values(paths))

/** The built dashboard in `directory`: its files, and the page at each path of the application. Null = how to build it. */
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
    const name = applicationPaths.has(path) ? INDEX : path
    if (!known.has(name)) return undefined
    const page = pages.get(name) ?? load(known.get(name)!)
    pages.set(name, page)
    return { name, page: await page }
  }

  return (request) =>
    Effect.gen(function* () {
      const path = pathOf(request.url)
      if (path === undefined || path.includes("\0")) return problem(400, "The path is not well-formed")
      const found = directory === null ? undefined : yield* Effect.promise(() => find(directory, path).catch(() => undefined))
      const isApplication = applicationPaths.has(path) || path === INDEX
      if (found === undefined && !isApplication) return notFound(request)
      if (request.method !== "GET" && request.method !== "HEAD") return problem(405, "Only GET and HEAD", { allow: "GET, HEAD" })
      if (found === undefined) return HttpServerResponse.html(NOT_BUILT)
      if (found.page === undefined) return notFound(request)
      return respond(request, found.page, { "cache-control": cacheOf(found.name) })
    })
}
