import { BroadcastChannel, isMainThread } from "node:worker_threads"

/** Loaded into a measured program before anything else: collects its garbage when asked, and says what is left. All in megabytes. */
export interface Memory {
  readonly rss: number
  /** What is still in use on the heap of the main thread, and on those of the others together. */
  readonly main: number
  readonly workers: number
  /** Memory outside of the heaps that they hold. */
  readonly external: number
}

const MB = 1_048_576
/** A thread that is at work answers when it is done. */
const ANSWERS_WITHIN = 5_000

const collected = () => {
  gc?.()
  gc?.()
  return process.memoryUsage()
}

const channel = new BroadcastChannel("signalflow-memory")
/** Listening must not keep a thread alive. */
const listen = (to: (data: unknown) => void) => {
  channel.addEventListener("message", (message) => to((message as MessageEvent).data))
  channel.unref()
}

if (isMainThread && process.send !== undefined) {
  let workers = 0
  let external = 0
  listen((data) => {
    if (typeof data !== "object" || data === null) return
    const used = data as { readonly heap: number; readonly external: number }
    workers += used.heap
    external += used.external
  })
  process.on("message", (asked) => {
    if (asked !== "memory") return
    const own = collected()
    workers = 0
    external = own.external
    channel.postMessage("collect")
    setTimeout(() => {
      const memory: Memory = {
        rss: process.memoryUsage.rss() / MB,
        main: own.heapUsed / MB,
        workers: workers / MB,
        external: external / MB,
      }
      process.send!({ memory })
    }, ANSWERS_WITHIN)
  })
  process.channel?.unref()
} else if (!isMainThread)
  listen((data) => {
    if (data !== "collect") return
    const { heapUsed, external } = collected()
    channel.postMessage({ heap: heapUsed, external })
  })
