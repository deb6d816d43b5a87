import { type ReactNode, useEffect, useId, useRef, useState } from "react"

interface HintProps {
  /** What is explained; without it the button is a small question mark. */
  readonly children?: ReactNode
  /** Names the button where it shows no words. */
  readonly label?: string
  readonly text: ReactNode
}

const MARGIN = 8

/** Below its button, inside the window; above it where there is no room. */
const place = (button: HTMLElement, tip: HTMLElement): void => {
  const from = button.getBoundingClientRect()
  const size = tip.getBoundingClientRect()
  const below = from.bottom + MARGIN
  tip.style.left = `${Math.max(MARGIN, Math.min(from.left, innerWidth - size.width - MARGIN))}px`
  tip.style.top = `${below + size.height > innerHeight && from.top > size.height + MARGIN ? from.top - size.height - MARGIN : below}px`
}

/** An explanation behind a button: by touch, by key and by pointer. Escape, leaving it or scrolling closes it. */
export const Hint = ({ children, label, text }: HintProps) => {
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const tip = useRef<HTMLSpanElement>(null)
  // Clicking what the pointer has opened keeps it open: it does not close it.
  const [state, setState] = useState<"closed" | "hovered" | "kept">("closed")
  const open = state !== "closed"
  const close = () => setState("closed")

  useEffect(() => {
    const [from, box] = [button.current, tip.current]
    if (!open || from === null || box === null) return undefined
    // In the top layer no scrolling box cuts it off.
    if (typeof box.showPopover === "function") box.showPopover()
    place(from, box)
    const leave = () => setState("closed")
    addEventListener("scroll", leave, { capture: true, passive: true })
    return () => {
      removeEventListener("scroll", leave, { capture: true })
      if (typeof box.hidePopover === "function" && box.isConnected) box.hidePopover()
    }
  }, [open])

  return (
    <span className="hint">
      <button
        ref={button}
        type="button"
        className={children === undefined ? "hint-button hint-mark" : "hint-button"}
        aria-label={label}
        aria-expanded={open}
        aria-describedby={id}
        onClick={() => setState((before) => (before === "kept" ? "closed" : "kept"))}
        onPointerEnter={(event) => event.pointerType === "mouse" && setState((before) => (before === "closed" ? "hovered" : before))}
        onPointerLeave={(event) => event.pointerType === "mouse" && setState((before) => (before === "hovered" ? "closed" : before))}
        onBlur={close}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || !open) return
          // This Escape is spent: it does not close what is around the hint too.
          event.preventDefault()
          close()
        }}
      >
        {children ?? <span aria-hidden="true">?</span>}
      </button>
      <span ref={tip} id={id} role="tooltip" className="hint-tip" popover="manual" hidden={!open}>
        {text}
      </span>
    </span>
  )
}
