import type { Access, Client } from "../server/client.ts"
import { emptyLive, fill, fold, type LiveState, release } from "./state.ts"
import { type LiveStatus, openLive } from "./socket.ts"
import { makeStore, type Store } from "../view/store.ts"

/** The live feed of this page: one socket, one list, watched by every page that wants it. */
export interface Feed {
  readonly state: Store<LiveState>
  readonly status: Store<LiveStatus>
  readonly paused: Store<boolean>
  /** While somebody reads the list, new rows wait. */
  hold(reading: boolean): void
  pause(paused: boolean): void
  release(): void
  /** Fetches the latest posts of a platform that is looked at alone; returns how to stop. */
  look(platform: string): () => void
  /** Connects; returns how to disconnect. */
  open(): () => void
}

const FIRST_PAGE = 50

export const makeFeed = (url: string, access: Access, client: Client): Feed => {
  const state = makeStore(emptyLive)
  const status = makeStore<LiveStatus>({ _tag: "Connecting" })
  const paused = makeStore(false)
  let reading = false
  const settle = () => {
    if (!reading && !paused.get()) state.set(release(state.get()))
  }
  const fetchLatest = (query: { readonly platform?: string }) => {
    const abort = new AbortController()
    client.signals({ page_size: FIRST_PAGE, ...query }, abort.signal).then(
      (page) => state.set(fill(state.get(), page.results)),
      () => undefined,
    )
    return () => abort.abort()
  }
  return {
    state,
    status,
    paused,
    hold: (now) => {
      reading = now
      settle()
    },
    pause: (now) => {
      paused.set(now)
      settle()
    },
    release: () => state.set(release(state.get())),
    look: (platform) => fetchLatest({ platform }),
    open: () => {
      const close = openLive({
        url,
        access,
        place: () => state.get().place,
        onFrames: (frames) => state.set(fold(state.get(), frames, reading || paused.get(), Date.now())),
        onStatus: status.set,
      })
      // What was published before this page was opened; without it the list merely starts empty.
      const stop = fetchLatest({})
      return () => {
        stop()
        close()
      }
    },
  }
}
