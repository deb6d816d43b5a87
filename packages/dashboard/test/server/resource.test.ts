import { assert, describe, it } from "@effect/vitest"
import { act, cleanup, renderHook } from "@testing-library/react"
import { afterEach, beforeEach, vi } from "vitest"
import { Failed, type Failure } from "../../src/server/failure.ts"
import { failed, loaded, nextWait, useResource } from "../../src/server/resource.ts"

const offline: Failure = { _tag: "Offline", message: "gone" }

describe("a resource", () => {
  it("keeps what was known when a later answer fails", () => {
    assert.deepStrictEqual(failed(loaded(7, 1), offline), { _tag: "Ready", value: 7, at: 1, failure: offline })
    assert.deepStrictEqual(failed({ _tag: "Loading" }, offline), { _tag: "Failed", failure: offline })
  })

  it("is asked for again at its interval, after failures soon and then ever later, and when the server says", () => {
    assert.strictEqual(nextWait(15_000, 0, null), 15_000)
    assert.deepStrictEqual(
      [1, 2, 3, 9].map((failures) => nextWait(15_000, failures, offline)),
      [2_000, 4_000, 8_000, 30_000],
    )
    assert.strictEqual(nextWait(15_000, 1, { _tag: "Busy", message: "", retryAfter: 42 }), 42_000)
  })
})

describe("a page that watches one", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    cleanup()
    vi.useRealTimers()
  })
  const pass = async (ms: number) => await act(async () => await vi.advanceTimersByTimeAsync(ms))

  it("sees it change, fail and come back", async () => {
    let n = 0
    const load = async () => {
      n += 1
      if (n === 2) throw new Failed(offline)
      return n
    }
    const { result } = renderHook(() => useResource("a", 15_000, load))
    assert.strictEqual(result.current.resource._tag, "Loading")
    await pass(0)
    assert.deepInclude(result.current.resource, { _tag: "Ready", value: 1, failure: null })
    await pass(15_000)
    assert.deepInclude(result.current.resource, { value: 1, failure: offline })
    await pass(2_000)
    assert.deepInclude(result.current.resource, { value: 3, failure: null })
  })

  it("never sees the answer to another question", async () => {
    const answers = new Map<string, (value: string) => void>()
    const { result, rerender } = renderHook(
      ({ key }) => useResource(key, 15_000, () => new Promise<string>((resolve) => answers.set(key, resolve))),
      { initialProps: { key: "first" } },
    )
    rerender({ key: "second" })
    await pass(0)
    answers.get("first")?.("late")
    await pass(0)
    assert.strictEqual(result.current.resource._tag, "Loading")
    answers.get("second")?.("in time")
    await pass(0)
    assert.deepInclude(result.current.resource, { _tag: "Ready", value: "in time" })
  })

  it("stops asking when it is closed", async () => {
    let n = 0
    const { unmount } = renderHook(() => useResource("a", 1_000, async () => ++n))
    await pass(2_500)
    unmount()
    await pass(60_000)
    assert.strictEqual(n, 3)
  })
})
