import { assert, describe, it } from "@effect/vitest"
import { pages } from "@signalflow/domain/api/Pages"
import { Effect } from "effect"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { brotliDecompressSync } from "node:zlib"
import { get } from "node:http"
import { ServerAddress } from "../../src/Server.ts"
import { ask, layer } from "../TestServer.ts"

const script = `console.log("${"x".repeat(5_000)}")`

const built = () => {
  const root = mkdtempSync(join(tmpdir(), "signalflow-static-"))
  const directory = join(root, "dist")
  mkdirSync(join(directory, "assets"), { recursive: true })
  writeFileSync(join(root, "secret.json"), "secret")
  writeFileSync(join(directory, "index.html"), "<!doctype html><title>one</title>")
  writeFileSync(join(directory, "assets", "app-Ab12.js"), script)
  writeFileSync(join(directory, ".env"), "secret")
  writeFileSync(join(directory, "favicon.svg"), "<svg/>")
  symlinkSync(join(root, "secret.json"), join(directory, "link.json"))
  return { root, directory }
}

const fixture = Effect.acquireRelease(Effect.sync(built), ({ root }) => Effect.sync(() => rmSync(root, { recursive: true })))

const compressed = (url: string) =>
  Effect.callback<Buffer>((resume) => {
    get(url, { headers: { "accept-encoding": "gzip, br" } }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => resume(Effect.succeed(Buffer.concat(chunks))))
    })
  })

describe("the dashboard's files", () => {
  it.live("hashed assets are kept for ever, the page never; each path of the application is the page, and no other path is", () =>
    Effect.gen(function* () {
      const { directory } = yield* fixture
      yield* Effect.gen(function* () {
        const { url } = yield* ServerAddress
        for (const path of [...Object.values(pages), "/index.html", "/posts/?topic=a%20b", "//sources"]) {
          const page = yield* ask(url + path)
          assert.deepStrictEqual([page.status, page.headers["cache-control"]], [200, "no-store"], path)
          assert.include(page.body, "<title>one</title>")
          assert.include(String(page.headers["content-type"]), "text/html")
        }
        const asset = yield* ask(`${url}/assets/app-Ab12.js`)
        assert.strictEqual(asset.body, script)
        assert.strictEqual(asset.headers["cache-control"], "public, max-age=31536000, immutable")
        assert.include(String(asset.headers["content-type"]), "javascript")
        const again = yield* ask(`${url}/assets/app-Ab12.js`, { headers: { "if-none-match": String(asset.headers["etag"]) } })
        assert.deepStrictEqual([again.status, again.body], [304, ""])
        assert.strictEqual(brotliDecompressSync(yield* compressed(`${url}/assets/app-Ab12.js`)).toString(), script)
        assert.strictEqual((yield* ask(`${url}/assets/app-Old.js`)).status, 404)
        const head = yield* ask(`${url}/`, { method: "HEAD" })
        assert.deepStrictEqual([head.status, head.body], [200, ""])
        for (const path of [...Object.values(pages), "/assets/app-Ab12.js"]) {
          const posted = yield* ask(url + path, { method: "POST" })
          assert.deepStrictEqual([posted.status, posted.headers["allow"]], [405, "GET, HEAD"], path)
        }
        for (const path of [
          "/.env",
          "/.git/config",
          "/mcp",
          "/feeds",
          "/admin/",
          "/stories/12?x=1",
          "/apiary",
          "/posts/x",
          "/wp-login.php",
          "/POSTS/1",
        ]) {
          for (const method of ["GET", "POST", "HEAD"]) {
            const missing = yield* ask(url + path, { method })
            assert.strictEqual(missing.status, 404, `${method} ${path}`)
            assert.match(String(missing.headers["content-type"]), /problem\+json/)
          }
          const seen = yield* ask(url + path, { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } })
          assert.deepStrictEqual([seen.status, seen.headers["cache-control"]], [404, "no-store"], path)
          assert.include(seen.body, "There is no such page")
          assert.notInclude(seen.body, "<title>one</title>")
        }

        writeFileSync(join(directory, "index.html"), "<!doctype html><title>two</title>")
        utimesSync(join(directory, "index.html"), 1, 2)
        assert.include((yield* ask(url)).body, "<title>two</title>")
      }).pipe(Effect.provide(layer({}, directory)))
    }).pipe(Effect.scoped),
  )

  it.live("no path leads out of the directory, to a hidden file or through a link", () =>
    Effect.gen(function* () {
      const { directory } = yield* fixture
      yield* Effect.gen(function* () {
        const { url } = yield* ServerAddress
        const paths = [
          "/../secret.json",
          "/%2e%2e/secret.json",
          "/..%2fsecret.json",
          "/%2e%2e%5csecret.json",
          "/assets/../../secret.json",
          "/.env",
          "/link.json",
          "/assets/%00",
          "/%E0%A4%A",
        ]
        for (const path of paths) {
          const answer = yield* ask(url + path)
          assert.notInclude(answer.body, "secret", path)
        }
      }).pipe(Effect.provide(layer({}, directory)))
    }).pipe(Effect.scoped),
  )

  it.live("without a build, or where its directory is empty, a page says how to make one", () =>
    Effect.gen(function* () {
      const { root } = yield* fixture
      for (const dashboard of [null, join(root, "nowhere")]) {
        const page = yield* Effect.flatMap(ServerAddress, ({ url }) => ask(url)).pipe(Effect.provide(layer({}, dashboard)))
        assert.strictEqual(page.status, 200)
        assert.include(page.body, "npm run build")
      }
    }).pipe(Effect.scoped),
  )
})
