import { useEffect, useRef } from "react"
import { Icon } from "../components/Icon.tsx"
import { shortcuts } from "../view/keyboard.ts"

/** The keys, over the page until Escape. */
export const Help = ({ close }: { readonly close: () => void }) => {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    const before = document.activeElement
    button.current?.focus()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <div className="overlay" onClick={(event) => event.target === event.currentTarget && close()}>
      <div
        className="help"
        role="dialog"
        aria-modal="true"
        aria-labelledby="help-title"
        onKeyDown={(event) => {
          // The button is the only stop: focus stays inside.
          if (event.key === "Tab") event.preventDefault()
        }}
      >
        <div className="help-head">
          <h2 id="help-title">Keys</h2>
          <button ref={button} type="button" className="quiet-button icon-button" onClick={close} aria-label="Close">
            <Icon name="close" />
          </button>
        </div>
        <dl>
          {shortcuts.map(([keys, what]) => (
            <div key={what}>
              <dt>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </div>
    </div>
  )
}
