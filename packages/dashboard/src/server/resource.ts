import { useCallback, useEffect, useRef, useState } from "react"
import { type Failure, failureFrom } from "./failure.ts"

/** Something the server knows, as far as this page has it. A `Ready` with a failure is what was last known. */
export type Resource<A> =
  | { readonly _tag: "Loading" }
  | { readonly _tag: "Failed"; readonly failure: Failure }
  | { readonly _tag: "Ready"; readonly value: A; readonly at: number; readonly failure: Failure | null }

export const loaded = <A>(value: A, at: number): Resource<A> => ({ _tag: "Ready", value, at, failure: null })

export const failed = <A>(before: Resource<A>, failure: Failure): Resource<A> =>
  before._tag === "Ready" ? { ...before, failure } : { _tag: "Failed", failure }

/** How long to wait before asking again: the interval, or after failures from 2 s up to the interval, at least 30 s. */
export const nextWait = (everyMs: number, failures: number, failure: Failure | null): number => {
  if (failure === null) return everyMs
  if (failure._tag === "Busy") return Math.max(1, failure.retryAfter) * 1_000
  return Math.min(Math.max(everyMs, 30_000), 2_000 * 2 ** Math.min(failures - 1, 10))
}

/** Asks again every `everyMs` while the page is visible. Another `key` is another question: what was known is forgotten. */
export const useResource = <A>(
  key: string,
  everyMs: number,
  load: (signal: AbortSignal) => Promise<A>,
): { readonly resource: Resource<A>; readonly reload: () => void } => {
  const [held, setHeld] = useState<{ readonly key: string; readonly resource: Resource<A> }>({ key, resource: { _tag: "Loading" } })
  const askRef = useRef<() => void>(() => undefined)
  const loadRef = useRef(load)
  useEffect(() => {
    loadRef.current = load
  })

  useEffect(() => {
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    let failures = 0
    let asking = false
    const ask = async (): Promise<void> => {
      if (asking || abort.signal.aborted) return
      clearTimeout(timer)
      asking = true
      let failure: Failure | null = null
      try {
        const value = await loadRef.current(abort.signal)
        failures = 0
        if (!abort.signal.aborted) setHeld({ key, resource: loaded(value, Date.now()) })
      } catch (error) {
        failures += 1
        const reason = failureFrom(error)
        failure = reason
        if (!abort.signal.aborted) {
          setHeld((before) => ({ key, resource: failed(before.key === key ? before.resource : { _tag: "Loading" }, reason) }))
        }
      }
      asking = false
      if (!abort.signal.aborted && !document.hidden) timer = setTimeout(ask, nextWait(everyMs, failures, failure))
    }
    const wake = () => {
      if (!document.hidden) void ask()
    }
    document.addEventListener("visibilitychange", wake)
    globalThis.addEventListener("online", wake)
    askRef.current = () => void ask()
    void ask()
    return () => {
      abort.abort()
      clearTimeout(timer)
      document.removeEventListener("visibilitychange", wake)
      globalThis.removeEventListener("online", wake)
    }
  }, [key, everyMs])

  const reload = useCallback(() => {
    setHeld((before) => (before.resource._tag === "Ready" ? before : { key: before.key, resource: { _tag: "Loading" } }))
    askRef.current()
  }, [])
  return { resource: held.key === key ? held.resource : { _tag: "Loading" }, reload }
}
