import { assert, describe, it } from "@effect/vitest"
import type { LiveFrame } from "@signalflow/domain/live/LiveFrame"
import { afterEach, beforeEach, vi } from "vitest"
import { type LiveOptions, type LiveStatus, openLive } from "../../src/live/socket.ts"
import { frame } from "../Fixtures.ts"

/** The server's end of the sockets that a page opens. */
class Wire extends EventTarget {
  readyState = 0
  readonly sent: Array<unknown> = []
  protocols: ReadonlyArray<string> = []
  send(text: string) {
    this.sent.push(JSON.parse(text))
  }
  accept() {
    this.readyState = 1
    this.dispatchEvent(new Event("open"))
  }
  says(data: unknown) {
    this.dispatchEvent(new MessageEvent("message", { data: typeof data === "string" ? data : JSON.stringify(data) }))
  }
  close(code = 1006) {
    this.readyState = 3
    this.dispatchEvent(Object.assign(new Event("close"), { code }))
  }
}

const start = async (over: Partial<LiveOptions> = {}) => {
  const wires: Array<Wire> = []
  const batches: Array<ReadonlyArray<LiveFrame>> = []
  const statuses: Array<LiveStatus["_tag"]> = []
  const renewed: Array<string> = []
  let paint: () => void = () => undefined
  let tell: (token: string) => void = () => undefined
  const stop = openLive({
    url: "ws://localhost/ws/signals/",
    access: {
      token: async () => "t1",
      renew: async (refused) => {
        renewed.push(refused)
        return "t2"
      },
      watch: (listener) => {
        tell = listener
        return () => undefined
      },
    },
    place: () => null,
    onFrames: (frames) => batches.push(frames),
    onStatus: ({ _tag }) => statuses.push(_tag),
    open: (_url, protocols) => {
      const wire = new Wire()
      wire.protocols = protocols
      wires.push(wire)
      return wire as unknown as WebSocket
    },
    onPaint: (work) => (paint = work),
    random: () => 1,
    ...over,
  })
  await vi.advanceTimersByTimeAsync(0)
  const last = () => wires.at(-1) as Wire
  return { wires, batches, statuses, renewed, stop, last, paint: () => paint(), tell: (token: string) => tell(token) }
}

const hello = { type: "hello", epoch: "e1", offset: 5 }

describe("the live connection", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("says who it is before it opens, then what it wants", async () => {
    const live = await start()
    assert.deepStrictEqual(live.last().protocols, ["signalflow.v1", "t1"])
    live.last().accept()
    assert.deepStrictEqual(live.last().sent, [{ type: "subscribe" }])
    live.last().says(hello)
    assert.deepStrictEqual(live.statuses, ["Connecting", "Live"])
    live.stop()
  })

  it("resumes from where the page stands", async () => {
    const live = await start({ place: () => ({ epoch: "e1", offset: 41 }) })
    live.last().accept()
    assert.deepStrictEqual(live.last().sent[0], { type: "subscribe", resume: { epoch: "e1", offset: 41 } })
    live.stop()
  })

  it("hands over what came between two paints as one batch", async () => {
    const live = await start()
    live.last().accept()
    live.last().says(hello)
    for (let i = 6; i < 56; i++) live.last().says(frame(i, `bluesky:${i}`))
    assert.strictEqual(live.batches.length, 0)
    live.paint()
    assert.deepStrictEqual(
      live.batches.map((batch) => batch.length),
      [51],
    )
    live.stop()
  })

  it("drops a frame that it cannot read, and reads the next", async () => {
    const live = await start()
    live.last().accept()
    for (const bad of ["{", "null", '{"type":"signal"}', '{"type":"party"}']) live.last().says(bad)
    live.last().says(frame(6, "bluesky:6"))
    live.paint()
    assert.strictEqual(live.batches[0]?.length, 1)
    live.stop()
  })

  it("retries after 0.5, 1, 2 … and at most 20 seconds, and starts over once it has held", async () => {
    const live = await start()
    const waits: Array<number> = []
    for (let i = 0; i < 8; i++) {
      const before = Date.now()
      const count = live.wires.length
      live.last().close()
      while (live.wires.length === count) await vi.advanceTimersByTimeAsync(100)
      waits.push((Date.now() - before) / 1_000)
    }
    assert.deepStrictEqual(waits, [0.5, 1, 2, 4, 8, 16, 20, 20])
    live.last().accept()
    live.last().says(hello)
    await vi.advanceTimersByTimeAsync(10_000)
    live.last().close()
    await vi.advanceTimersByTimeAsync(500)
    assert.strictEqual(live.wires.length, 10)
    live.stop()
  })

  it("does not wait in step with the others", async () => {
    const live = await start({ random: () => 0 })
    live.last().close()
    await vi.advanceTimersByTimeAsync(250)
    assert.strictEqual(live.wires.length, 2)
    live.stop()
  })

  it("renews a token that the server refuses", async () => {
    const live = await start()
    live.last().accept()
    live.last().close(4401)
    await vi.advanceTimersByTimeAsync(500)
    assert.deepStrictEqual([live.renewed, live.wires.length], [["t1"], 2])
    live.stop()
  })

  it("renews its token once when the socket does not open, and again only after one did", async () => {
    const live = await start()
    for (let i = 0; i < 3; i++) {
      live.last().close()
      await vi.advanceTimersByTimeAsync(20_000)
    }
    assert.deepStrictEqual([live.renewed, live.wires.length], [["t1"], 4])
    live.last().accept()
    live.last().close()
    await vi.advanceTimersByTimeAsync(20_000)
    assert.deepStrictEqual(live.renewed, ["t1"])
    live.last().close()
    await vi.advanceTimersByTimeAsync(20_000)
    assert.deepStrictEqual(live.renewed, ["t1", "t1"])
    live.stop()
  })

  it("shows a new token on the open socket, so that it is not closed for the old one", async () => {
    const live = await start()
    live.last().accept()
    live.tell("t9")
    assert.deepStrictEqual(live.last().sent.at(-1), { type: "auth", token: "t9" })
    live.stop()
  })

  it("ends when it is told to", async () => {
    const live = await start()
    live.last().accept()
    live.stop()
    await vi.advanceTimersByTimeAsync(60_000)
    assert.deepStrictEqual([live.wires.length, live.last().readyState], [1, 3])
  })
})
