import { useEffect, useRef } from "react"
import { type Command, type Keys, press } from "./keyboard.ts"

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(input|select|textarea)$/i.test(target.tagName))

/** Tells `act` each command that is typed anywhere on the page. */
export const useKeyboard = (act: (command: Command) => void): void => {
  const actRef = useRef(act)
  useEffect(() => {
    actRef.current = act
  })
  useEffect(() => {
    let keys: Keys = { armedAt: null }
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return
      const modified = event.metaKey || event.ctrlKey || event.altKey
      const [next, command] = press(keys, { key: event.key, typing: isTyping(event.target), modified, at: event.timeStamp })
      keys = next
      if (command === null) return
      if (command._tag !== "Close") event.preventDefault()
      actRef.current(command)
    }
    addEventListener("keydown", listen)
    return () => removeEventListener("keydown", listen)
  }, [])
}
