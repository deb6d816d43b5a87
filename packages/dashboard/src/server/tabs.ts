/** What the tabs of one browser agree on: one of them at a time renews the session, and all learn the result. */
export interface Tabs<Message> {
  /** Runs `work` while no other tab does. */
  exclusive<A>(work: () => Promise<A>): Promise<A>
  tell(message: Message): void
  listen(listener: (message: Message) => void): void
}

const NAME = "signalflow.session"
const LEASE_MS = 10_000

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Locks need a secure context; on plain http over a network a lease in localStorage stands in. */
const withLease = async <A>(storage: Storage, work: () => Promise<A>): Promise<A> => {
  const mine = crypto.getRandomValues(new Uint32Array(2)).join("-")
  const held = () => {
    const [owner, until] = (storage.getItem(NAME) ?? "").split(" ")
    return owner !== undefined && owner !== mine && Number(until) > Date.now()
  }
  for (;;) {
    if (!held()) {
      storage.setItem(NAME, `${mine} ${Date.now() + LEASE_MS}`)
      await pause(40)
      if (!held()) break
    }
    await pause(80)
  }
  try {
    return await work()
  } finally {
    if (!held()) storage.removeItem(NAME)
  }
}

export const browserTabs = <Message>(): Tabs<Message> => {
  const channel = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel(NAME)
  return {
    exclusive: async (work) => {
      // oxlint-disable-next-line typescript/no-unnecessary-condition -- absent outside secure contexts, whatever the types say
      if (navigator.locks) return await navigator.locks.request(NAME, work)
      return await withLease(localStorage, work)
    },
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel reaches its own origin alone
    tell: (message) => channel?.postMessage(message),
    listen: (listener) => channel?.addEventListener("message", (event: MessageEvent<Message>) => listener(event.data)),
  }
}
