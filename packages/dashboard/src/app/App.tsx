import { useEffect, useMemo } from "react"
import { type Client, makeClient, type Transport } from "../server/client.ts"
import { Blank } from "../components/Blank.tsx"
import { Logo } from "../components/Logo.tsx"
import { SignIn } from "../features/signin/Page.tsx"
import { makeFeed } from "../live/feed.ts"
import type { Session } from "../server/session.ts"
import { Shell } from "./Shell.tsx"
import { useStore } from "../view/store.ts"

interface AppProps {
  readonly session: Session
  readonly transport: Transport
}

const SOCKET = "/ws/signals/"

/** Who is asking decides what there is to see. */
export const App = ({ session, transport }: AppProps) => {
  const state = useStore(session.state)
  const client: Client = useMemo(() => makeClient(transport, session), [transport, session])
  const user = state._tag === "SignedIn" ? state.user : null
  const feed = useMemo(
    () => (user === null ? null : makeFeed(transport.baseUrl.replace(/^http/, "ws") + SOCKET, session, client)),
    [transport, session, client, user],
  )

  useEffect(() => {
    if (user === null) document.title = state._tag === "SignedOut" ? "Sign in · SignalFlow" : "SignalFlow"
  }, [user, state._tag])

  if (user !== null && feed !== null) return <Shell client={client} feed={feed} user={user} signOut={() => void session.signOut()} />
  if (state._tag === "SignedOut") return <SignIn session={session} state={state} />
  if (state._tag === "Unreachable") {
    return (
      <main className="signin">
        <Blank
          icon="warn"
          tone="warn"
          level={1}
          title="SignalFlow does not answer"
          action={
            <button type="button" className="button" onClick={() => void session.start(null)}>
              Try again
            </button>
          }
        >
          {state.message} Is <code>signalflow</code> still running?
        </Blank>
      </main>
    )
  }
  return (
    <main className="signin" aria-busy="true">
      <div className="splash">
        <Logo />
        <span className="sr" role="status">
          Signing in
        </span>
      </div>
    </main>
  )
}
