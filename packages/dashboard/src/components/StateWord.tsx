import type { SourceView } from "@signalflow/domain/api/Sources"

/** live ●, degraded ◐, off ○: a shape and a word, never a colour alone. */
export const StateWord = ({ state }: { readonly state: SourceView["state"] }) => (
  <span className={`state state-${state}`}>
    <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true" focusable="false">
      <circle cx="5" cy="5" r="4" className="state-ring" />
      {state === "off" ? null : (
        <path d={state === "live" ? "M5 1a4 4 0 0 1 0 8a4 4 0 0 1 0-8" : "M5 1a4 4 0 0 0 0 8z"} className="state-fill" />
      )}
    </svg>
    {state}
  </span>
)
