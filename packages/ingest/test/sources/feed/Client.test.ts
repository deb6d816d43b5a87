import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { download } from "../../../src/sources/feed/Client.ts"
import { isPublicAddress } from "../../../src/sources/feed/PublicAddress.ts"
import { settle } from "../../Harness.ts"
import { site } from "./Site.ts"

const nothing = { etag: null, lastModified: null }
const here = (address: string) => address === "127.0.0.1" || isPublicAddress(address)
const refused = (url: string, permits = here) => Effect.flip(download(new URL(url), nothing, permits))

describe("download", () => {
  it.effect("reads no loopback address, however it is written, and makes no connection to see", () =>
    Effect.gen(function* () {
      const { asked, port } = yield* site((_, response) => response.end("secret"))
      for (const host of ["127.0.0.1", "2130706433", "0x7f.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"]) {
        const error = yield* refused(`http://${host}:${port}/`, isPublicAddress)
        assert.strictEqual(error.reason, "off", host)
        assert.match(error.message, /private, loopback and reserved addresses are not read/, host)
      }
      assert.isEmpty(asked)
    }),
  )

  it.effect("follows no redirect to a private address, by number or by name", () =>
    Effect.gen(function* () {
      const { asked, url, port } = yield* site(({ path }, response) => {
        const to =
          path === "/number" ? "http://169.254.169.254/latest/meta-data" : path === "/name" ? `http://localhost:${port}/secret` : null
        if (to === null) response.end("secret")
        else response.writeHead(302, { location: to }).end()
      })
      const number = yield* refused(`${url}/number`)
      assert.match(number.message, /169\.254\.169\.254 is at 169\.254\.169\.254: private/)
      // The name resolves to an address that only the first hop is allowed.
      let hops = 0
      const name = yield* refused(`${url}/name`, () => hops++ === 0)
      assert.match(name.message, /localhost is at \S+: private/)
      assert.deepStrictEqual(
        asked.map(({ path }) => path),
        ["/number", "/name"],
      )
    }),
  )

  it.effect("follows redirects to http and https only, and not for ever", () =>
    Effect.gen(function* () {
      const { url, asked } = yield* site(({ path }, response) => {
        const to = { "/file": "file:///etc/passwd", "/loop": "/loop", "/moved": "/feed" }[path]
        if (to === undefined) response.end("here")
        else response.writeHead(301, { location: to }).end()
      })
      assert.match((yield* refused(`${url}/file`)).message, /redirects to file:/)
      assert.match((yield* refused(`${url}/loop`)).message, /redirects more than 5 times/)
      assert.strictEqual(asked.filter(({ path }) => path === "/loop").length, 6)
      const document = yield* download(new URL(`${url}/moved`), nothing, here)
      assert.strictEqual(document?.text, "here")
      assert.strictEqual(document?.url, `${url}/feed`)
    }),
  )

  it.effect("refuses a body of more than 2 MB, also one that only unpacks to it", () =>
    Effect.gen(function* () {
      const large = Buffer.alloc(2_000_001, "a")
      const { url } = yield* site(({ path }, response) => {
        if (path === "/plain") response.end(large)
        else response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(path === "/bomb" ? large : "small"))
      })
      assert.strictEqual((yield* refused(`${url}/plain`)).reason, "too-large")
      assert.strictEqual((yield* refused(`${url}/bomb`)).reason, "too-large")
      assert.strictEqual((yield* download(new URL(`${url}/small`), nothing, here))?.text, "small")
    }),
  )

  it.effect("unpacks what browsers unpack: by its bytes, packed again, cut or damaged at the end", () =>
    Effect.gen(function* () {
      const body = Buffer.from(`<rss>${"a text of some length, ".repeat(200)}</rss>`)
      const half = Math.floor(body.length / 2)
      const damaged = gzipSync(body)
      damaged.writeUInt32LE(7, damaged.length - 8)
      const named = gzipSync(body)
      named[3] = 8
      const answers: Record<string, readonly [string | null, Buffer]> = {
        "/deflate": ["deflate", deflateSync(body)],
        "/raw": ["deflate", deflateRawSync(body)],
        "/raw-without-check": ["deflate", deflateSync(body).subarray(0, -4)],
        "/cut": ["gzip", gzipSync(body).subarray(0, -8)],
        "/half-trailer": ["gzip", gzipSync(body).subarray(0, -3)],
        "/damaged": ["gzip", damaged],
        "/named": ["gzip", Buffer.concat([named.subarray(0, 10), Buffer.from("feed.xml\0"), named.subarray(10)])],
        "/members": ["gzip", Buffer.concat([gzipSync(body.subarray(0, half)), gzipSync(body.subarray(half))])],
        "/twice": ["gzip", gzipSync(gzipSync(body))],
        "/listed": ["gzip, br", brotliCompressSync(gzipSync(body))],
        "/file.xml.gz": [null, gzipSync(body)],
        "/called-gzip": ["gzip", body],
        "/called-br": ["br", body],
        "/called-deflate": ["deflate", body],
        "/br": ["br", brotliCompressSync(body)],
        "/zstd": ["zstd", zstdCompressSync(body)],
        "/zstd-undeclared": [null, zstdCompressSync(body)],
        "/zstd-frames": ["zstd", Buffer.concat([zstdCompressSync(body.subarray(0, half)), zstdCompressSync(body.subarray(half))])],
        "/zstd-and-more": ["zstd", Buffer.concat([zstdCompressSync(body), Buffer.from("more")])],
        "/members-and-more": ["gzip", Buffer.concat([gzipSync(body.subarray(0, half)), gzipSync(body.subarray(half)), Buffer.from("xx")])],
        "/members-damaged": ["gzip", Buffer.concat([damaged, gzipSync("")])],
        "/zeros": ["gzip", Buffer.concat([gzipSync(body), Buffer.alloc(512)])],
        "/line-before": ["gzip", Buffer.concat([Buffer.from("\r\n"), gzipSync(body)])],
        "/mark-before": ["gzip", Buffer.concat([Buffer.from("\ufeff"), gzipSync(body)])],
        "/raw-called-gzip": ["gzip", deflateRawSync(body)],
        "/raw-undeclared": [null, deflateRawSync(body)],
        "/br-called-gzip": ["gzip", brotliCompressSync(body)],
        "/br-undeclared": [null, brotliCompressSync(body)],
        "/x-gzip": ["x-gzip", gzipSync(body)],
        "/gzip-called-deflate": ["deflate", gzipSync(body)],
      }
      const { url } = yield* site(({ path }, response) => {
        const [encoding, bytes] = answers[path]!
        response.writeHead(200, encoding === null ? { "content-type": "application/gzip" } : { "content-encoding": encoding }).end(bytes)
      })
      for (const path of Object.keys(answers))
        assert.strictEqual((yield* download(new URL(url + path), nothing, here))?.text, body.toString(), path)
      const warned = `Warning: x in y\n${body.toString()}`
      for (const encoding of ["br", "deflate", "gzip", "zstd"]) {
        answers[`/words-called-${encoding}`] = [encoding, Buffer.from(warned)]
        assert.strictEqual((yield* download(new URL(`${url}/words-called-${encoding}`), nothing, here))?.text, warned, encoding)
      }
    }),
  )

  it.effect("unpacks to 2 MB and no further, in every encoding and layer, and says what is wrong without words of a library", () =>
    Effect.gen(function* () {
      const bomb = Buffer.alloc(20_000_000)
      const bombs: Record<string, Buffer> = {
        gzip: gzipSync(bomb),
        deflate: deflateSync(bomb),
        br: brotliCompressSync(bomb),
        zstd: zstdCompressSync(bomb),
        "gzip, gzip": gzipSync(gzipSync(bomb)),
      }
      const { url } = yield* site(({ path }, response) => {
        const encoding = decodeURIComponent(path.slice(1))
        const bytes = bombs[encoding] ?? Buffer.concat([gzipSync("").subarray(0, 10), Buffer.alloc(500, 0xff)])
        response.writeHead(200, { "content-encoding": encoding }).end(bytes)
      })
      for (const encoding of Object.keys(bombs)) assert.strictEqual((yield* refused(`${url}/${encoding}`)).reason, "too-large", encoding)
      const broken = yield* refused(`${url}/broken`)
      assert.match(broken.message, /sent compressed data that is damaged/)
    }),
  )

  it.effect("gives a silent server 15 seconds", () =>
    Effect.gen(function* () {
      const { url, asked } = yield* site(() => undefined)
      const fiber = yield* Effect.forkChild(refused(url))
      while (asked.length === 0) yield* settle
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).reason, "timeout")
    }),
  )

  it.effect("says what a refusal means and when to come back", () =>
    Effect.gen(function* () {
      const { url } = yield* site(({ path }, response) => response.writeHead(Number(path.slice(1)), { "retry-after": "7" }).end())
      const expected = { 404: "off", 410: "off", 403: "rejected", 429: "rate-limited", 503: "unavailable" }
      for (const [status, reason] of Object.entries(expected)) {
        const error = yield* refused(`${url}/${status}`)
        assert.strictEqual(error.reason, reason)
        assert.strictEqual(error.retryAfterMs, reason === "off" ? (status === "404" ? 3_600_000 : 86_400_000) : 7_000)
      }
    }),
  )

  it.effect("reads the charset of the header, the declaration or the byte order mark", () =>
    Effect.gen(function* () {
      const declared = Buffer.from(`<?xml version="1.0" encoding="iso-8859-1"?><a>caf\u00e9</a>`, "latin1")
      const { url } = yield* site(({ path }, response) => {
        if (path === "/header")
          response.writeHead(200, { "content-type": "text/xml; charset=windows-1252" }).end(Buffer.from("\u00e9", "latin1"))
        else if (path === "/mark") response.end(Buffer.from("\ufeff\u00e9", "utf16le"))
        else response.end(declared)
      })
      const text = (path: string) => Effect.map(download(new URL(url + path), nothing, here), (document) => document?.text)
      assert.strictEqual(yield* text("/header"), "\u00e9")
      assert.strictEqual(yield* text("/mark"), "\u00e9")
      assert.match((yield* text("/declared")) ?? "", /caf\u00e9/)
    }),
  )
})
