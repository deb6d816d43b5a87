import type { AccessToken } from "@signalflow/domain/api/Accounts"
import type { Access, Accounts } from "./client.ts"
import { Failed, failureFrom } from "./failure.ts"
import { makeStore, type Store } from "../view/store.ts"
import type { Tabs } from "./tabs.ts"

export type SessionState =
  | { readonly _tag: "Starting" }
  | { readonly _tag: "SignedIn"; readonly access: string; readonly renewAt: number; readonly user: string }
  /** `message` says what was refused; null when nobody was signed in. */
  | { readonly _tag: "SignedOut"; readonly message: string | null; readonly busy: boolean }
  | { readonly _tag: "Unreachable"; readonly message: string }

export type SessionMessage =
  | { readonly _tag: "Renewed"; readonly access: string; readonly renewAt: number; readonly user: string }
  | { readonly _tag: "Ended" }

export interface Session extends Access {
  readonly state: Store<SessionState>
  /** Signs in by the code of a link, or by the session cookie when there is none. */
  start(code: string | null): Promise<void>
  signIn(code: string): Promise<void>
  signOut(): Promise<void>
}

/** Renewed this long before the server would refuse it, at most half its life. */
const MARGIN_MS = 120_000

const SPENT = "That link was used already or is older than 10 minutes. Ask for another."

/** A sign-in code as people paste it: the code, or a whole link that ends in `#code=…`. */
export const codeIn = (text: string): string | null => {
  const match = /(?:^|[#&])code=([^&\s]+)/.exec(text)
  const code = match?.[1] ?? text.trim()
  return /^[\w.~-]{8,200}$/.test(code) ? code : null
}

/** The code in the address bar, which is taken out of it and out of the history at once. */
export const takeCode = (): string | null => {
  if (!location.hash.includes("code=")) return null
  const code = codeIn(location.hash)
  history.replaceState(null, "", location.pathname + location.search)
  return code
}

/** The access token lives here alone, in memory; what outlives a reload is the server's HttpOnly cookie. */
export const makeSession = (accounts: Accounts, tabs: Tabs<SessionMessage>, now: () => number = Date.now): Session => {
  const state = makeStore<SessionState>({ _tag: "Starting" })

  const accept = (token: AccessToken): string => {
    const life = token.expiresIn * 1_000
    const renewed = { access: token.access, renewAt: now() + Math.max(life / 2, life - MARGIN_MS), user: token.user }
    state.set({ _tag: "SignedIn", ...renewed })
    tabs.tell({ _tag: "Renewed", ...renewed })
    return token.access
  }

  const end = (message: string | null) => state.set({ _tag: "SignedOut", message, busy: false })

  const fresh = (refused: string | null): string | null => {
    const current = state.get()
    return current._tag === "SignedIn" && current.access !== refused && current.renewAt > now() ? current.access : null
  }

  let renewing: Promise<string> | undefined
  /** The cookie is rotated by every renewal and a spent one ends the session, so one tab renews and the others are told. */
  const renew = (refused: string | null): Promise<string> =>
    (renewing ??= tabs
      .exclusive(async () => fresh(refused) ?? accept(await accounts.refresh()))
      .catch((error: unknown) => {
        const failure = failureFrom(error)
        if (failure._tag === "SignedOut") {
          const was = state.get()._tag
          end(was === "SignedIn" ? "Your session has ended." : null)
        }
        throw new Failed(failure)
      })
      .finally(() => (renewing = undefined)))

  tabs.listen((message) => {
    if (message._tag === "Ended") return end(null)
    state.set({ ...message, _tag: "SignedIn" })
  })

  const resume = async (): Promise<void> => {
    try {
      await renew(null)
    } catch (error) {
      const failure = failureFrom(error)
      if (failure._tag !== "SignedOut") state.set({ _tag: "Unreachable", message: failure.message })
    }
  }

  const exchange = async (code: string): Promise<void> => {
    try {
      accept(await accounts.link(code))
    } catch (error) {
      const failure = failureFrom(error)
      end(failure._tag === "SignedOut" ? SPENT : failure.message)
    }
  }

  return {
    state,
    token: async () => fresh(null) ?? (await renew(null)),
    renew,
    watch: (listener) => {
      let known: string | null = null
      const look = () => {
        const current = state.get()
        if (current._tag !== "SignedIn" || current.access === known) return
        const first = known === null
        known = current.access
        if (!first) listener(current.access)
      }
      look()
      return state.subscribe(look)
    },
    signIn: async (code) => {
      state.set({ _tag: "SignedOut", message: null, busy: true })
      await exchange(code)
    },
    start: async (code) => {
      state.set({ _tag: "Starting" })
      if (code === null) return await resume()
      await exchange(code)
      const after = state.get()
      if (after._tag !== "SignedOut") return
      // An old link in the history of a browser that is still signed in.
      await resume()
      if (state.get()._tag !== "SignedIn") end(after.message)
    },
    signOut: async () => {
      await accounts.revoke().catch(() => undefined)
      tabs.tell({ _tag: "Ended" })
      end(null)
    },
  }
}
