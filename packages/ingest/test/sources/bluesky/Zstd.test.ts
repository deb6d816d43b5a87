import { assert, describe, it } from "@effect/vitest"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { zstdCompressSync } from "node:zlib"
import { WebSocketServer } from "ws"
import { FrameSocket } from "../../../src/upstream/FrameSocket.ts"
import { dictionaryOf } from "../../../src/sources/bluesky/Zstd.ts"
import { advance, recordingBus, surroundings } from "../../Harness.ts"
import { isRecorded, recordedLines } from "../../Recorded.ts"
import { bodies, now, type Play, post, refused, silent, start } from "./Scripted.ts"

const folder = join(process.env["SIGNALFLOW_TEST_DATA"] ?? "", "bluesky/zstd")
const bytesOf = (name: string) => readFileSync(join(folder, name))
const names = ["subscribe_events_20260811.zdict", "legacy_subscribe.zdict"] as const
const idOf = (bytes: Buffer) => dictionaryOf(bytes)!.id
const compress = (text: string, dictionary: Buffer) => zstdCompressSync(Buffer.from(text), { dictionary })
const frames = [1, 2, 3].map((n) => post(n, now * 1_000 + n))
const settings = { WARM_START_HOURS: 0, BLUESKY_SAMPLE: 1, BLUESKY_LANGUAGES: "" }
const live = Effect.provide(surroundings(settings))

/** A host whose dictionary is `current`; it refuses every other, and all of them when `refuses`. */
const host = (current: Buffer, refuses = false): { readonly play: Play } => ({
  play: ({ url, decode }) => {
    const named = url.searchParams.get("zstdDictionary")
    if (named === null) return Stream.concat(Stream.make(frames), silent)
    if (refuses || Number(named) !== idOf(current))
      return refused(400, JSON.stringify({ error: "UnknownZstdDictionary", message: `current: ${idOf(current)}` }))
    return Stream.concat(Stream.make(frames.map((frame) => decode!(compress(frame, current)))), silent)
  },
})
const ids = (opened: ReadonlyArray<URL>) => opened.map(({ searchParams }) => searchParams.get("zstdDictionary"))
const three = ["Post 1", "Post 2", "Post 3"]

describe("a zstd dictionary", () => {
  it("that is none is not used", () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from("<html>not here, not at all</html>"), Buffer.from([0x37, 0xa4, 0x30, 0xec])])
      assert.isNull(dictionaryOf(bytes))
  })

  it.skipIf(!isRecorded)("reads every recorded frame that was compressed with it, and nothing that was not", () => {
    const lines = recordedLines("bluesky/jetstream/v1_2026-07-04_part1.jsonl")
    const [one, other] = names.map(bytesOf)
    for (const bytes of [one!, other!]) {
      const { decode, id } = dictionaryOf(bytes)!
      assert.isAbove(id, 0)
      for (const line of lines) assert.strictEqual(decode(compress(line, bytes)), line)
    }
    assert.throws(() => dictionaryOf(one!)!.decode(compress(lines[0]!, other!)))
    assert.throws(() => dictionaryOf(one!)!.decode(compress("x".repeat(1_000_001), one!)))
  })
})

describe.skipIf(!isRecorded)("Bluesky, compressed", () => {
  it.effect("asks the host for its dictionary once, names it, and reads binary frames", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const bus = recordingBus()
      const current = bytesOf(names[0])
      const asked: Array<string> = []
      const { opened, run } = start(host(current).play, bus, (url) => {
        asked.push(url.href)
        return new Response(new Uint8Array(current))
      })
      yield* run
      yield* advance("2 seconds")
      assert.deepStrictEqual(bodies(bus), three)
      assert.deepStrictEqual(ids(opened), [String(idOf(current))])
      assert.deepStrictEqual(asked, ["https://jetstream.us-east.bsky.network/xrpc/network.bsky.jetstream.getZstdDictionary"])
    }).pipe(live),
  )

  it.effect("takes the new dictionary when its own is refused, once", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const bus = recordingBus()
      const [current, old] = names.map(bytesOf)
      let asked = 0
      const { opened, run } = start(host(current!).play, bus, () => new Response(new Uint8Array(asked++ === 0 ? old! : current!)))
      yield* run
      yield* advance("2 seconds")
      assert.deepStrictEqual(bodies(bus), three)
      assert.deepStrictEqual(ids(opened), [String(idOf(old!)), String(idOf(current!))])
      assert.strictEqual(asked, 2)
    }).pipe(live),
  )

  it.effect("reads plain text from a host that refuses what it hands out, or hands out nothing", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const [current, old] = names.map(bytesOf)
      for (const answers of [
        [current!, current!],
        [old!, current!],
        [null, null],
        [Buffer.from("<html>no dictionary here</html>"), null],
      ]) {
        const bus = recordingBus()
        let asked = 0
        const { opened, run } = start(host(current!, true).play, bus, () => {
          const bytes = answers[asked++]
          return bytes === null || bytes === undefined ? undefined : new Response(new Uint8Array(bytes))
        })
        yield* Effect.scoped(Effect.andThen(run, advance("2 seconds")))
        assert.deepStrictEqual(bodies(bus), three)
        assert.isNull(ids(opened).at(-1))
        assert.isAtMost(opened.length, 3)
        assert.isTrue(opened.every(({ pathname }) => pathname.startsWith("/xrpc/")))
      }
    }).pipe(live),
  )

  it.live("comes over a real socket, and a frame that cannot be read costs that frame", () =>
    Effect.gen(function* () {
      const current = bytesOf(names[0])
      const http = createServer((_, response) => void response.end(current))
      const sockets = new WebSocketServer({ server: http })
      sockets.on("connection", (socket) => {
        for (const frame of [compress(frames[0]!, current), Buffer.from("garbage"), frames[1]!, compress(frames[2]!, current)])
          socket.send(frame)
      })
      yield* Effect.acquireRelease(
        Effect.callback<void>((resume) => void http.listen(0, "127.0.0.1", () => resume(Effect.void))),
        () => Effect.sync(() => [...[...sockets.clients].map((client) => client.terminate()), http.close()]),
      )
      const socket = yield* FrameSocket
      const received: Array<string> = []
      yield* socket
        .frames({
          url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/`,
          protocols: [],
          maxFrameBytes: 100_000,
          maxWaiting: 100,
          lingerMs: 0,
          connectTimeoutMs: 5_000,
          decode: dictionaryOf(current)!.decode,
        })
        .pipe(
          Stream.tap((some) => Effect.sync(() => void received.push(...some))),
          Stream.takeUntil(() => received.length >= 4),
          Stream.runDrain,
        )
      assert.deepStrictEqual(received, [frames[0]!, "", frames[1]!, frames[2]!])
    }).pipe(Effect.provide(FrameSocket.layer)),
  )

  it.effect("counts what cannot be read as malformed", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const bus = recordingBus()
      yield* start(() => Stream.concat(Stream.make([frames[0]!, "", frames[2]!]), silent), bus).run
      yield* advance("2 seconds")
      assert.deepStrictEqual(bodies(bus), ["Post 1", "Post 3"])
      assert.include(yield* (yield* Metrics).render, 'signalflow_ingest_dropped_total{platform="bluesky",reason="malformed"} 1')
    }).pipe(live),
  )
})
