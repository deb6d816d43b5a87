import { useState } from "react"
import { Icon } from "../../components/Icon.tsx"
import { Logo } from "../../components/Logo.tsx"
import { codeIn, type Session, type SessionState } from "../../server/session.ts"

interface SignInProps {
  readonly session: Session
  readonly state: Extract<SessionState, { readonly _tag: "SignedOut" }>
}

const COMMAND = "npx signalflow link"

/** How to get in: a link from the command, or its code. */
export const SignIn = ({ session, state }: SignInProps) => {
  const [text, setText] = useState("")
  const [wrong, setWrong] = useState(false)
  const [copied, setCopied] = useState(false)
  const submit = () => {
    const code = codeIn(text)
    setWrong(code === null)
    if (code !== null) void session.signIn(code)
  }
  const problem = wrong ? "That is neither a link nor a code. A link ends in #code= and some letters and digits." : state.message
  return (
    <main className="signin">
      <div className="signin-card">
        <Logo />
        <h1>Sign in with a link</h1>
        <p>SignalFlow has no password to remember here. On the machine it runs on, ask for a link:</p>
        <div className="command">
          <code>{COMMAND}</code>
          <button
            type="button"
            className="quiet-button"
            onClick={() => {
              navigator.clipboard?.writeText(COMMAND).then(
                () => setCopied(true),
                () => setCopied(false),
              )
            }}
          >
            <Icon name="copy" /> <span aria-live="polite">{copied ? "copied" : "copy"}</span>
          </button>
        </div>
        <p>Open what it prints, or paste it here. Each link works once, for 10 minutes.</p>
        <form
          className="signin-form"
          onSubmit={(event) => {
            event.preventDefault()
            submit()
          }}
        >
          <label htmlFor="signin-code">Link or code</label>
          <div className="signin-row">
            <input
              id="signin-code"
              value={text}
              onChange={(event) => setText(event.target.value)}
              autoComplete="one-time-code"
              spellCheck={false}
              maxLength={2_000}
              aria-invalid={problem !== null}
              aria-describedby="signin-problem"
              placeholder="http://127.0.0.1:8080/#code=…"
            />
            <button type="submit" className="button button-main" disabled={state.busy || text.trim() === ""}>
              {state.busy ? "Signing in…" : "Sign in"}
            </button>
          </div>
          <p id="signin-problem" className="problem" role="alert">
            {problem === null ? null : (
              <>
                <Icon name="warn" /> {problem}
              </>
            )}
          </p>
        </form>
      </div>
    </main>
  )
}
