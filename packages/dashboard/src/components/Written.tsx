import { Fragment, type ReactNode } from "react"
import { webLink } from "../view/links.ts"

/** Longest address that is made a link; what is longer is no address that people follow. */
const LONGEST = 2_000

/** What ends a sentence, not an address. A bracket belongs to it if it opened there. */
const trimmed = (address: string): string => {
  const opened = address.indexOf("(")
  let end = address.length
  for (; end > 0; end--) {
    const last = address[end - 1]!
    if (".,;:!?'\"…".includes(last)) continue
    if (last === ")" && opened === -1) continue
    break
  }
  return address.slice(0, end)
}

/** A text cut into words and the web addresses between them. */
export const cut = (text: string): ReadonlyArray<{ readonly text: string; readonly href: string | null }> => {
  const parts: Array<{ readonly text: string; readonly href: string | null }> = []
  let from = 0
  for (const { 0: found, index } of text.matchAll(/(?<![\p{L}\p{N}@./])(?:https?:\/\/|www\.)[^\s<>"]{1,4000}/giu)) {
    const address = trimmed(found)
    // Shortened by the platform that shows it: it leads elsewhere or nowhere.
    const end = index + address.length
    const isCut = text.startsWith("…", end) || text.startsWith("..", end)
    const href = isCut || address.length > LONGEST ? null : webLink(/^www\./i.test(address) ? `https://${address}` : address)
    if (href === null) continue
    if (index > from) parts.push({ text: text.slice(from, index), href: null })
    parts.push({ text: address, href })
    from = end
  }
  if (from < text.length) parts.push({ text: text.slice(from), href: null })
  return parts
}

/** An address as people say it. */
const spoken = (address: string): string => address.replace(/^https?:\/\/(www\.)?/i, "").replace(/\/$/, "")

const linked = (text: string): ReactNode =>
  cut(text).map((part, i) =>
    part.href === null ? (
      <Fragment key={i}>{part.text}</Fragment>
    ) : (
      <a key={i} className="address" href={part.href} target="_blank" rel="noopener noreferrer nofollow">
        {spoken(part.text)}
      </a>
    ),
  )

/** Text as somebody wrote it: its addresses are links, lines that quote with ">" are quotes. */
export const Written = ({ text }: { readonly text: string }) => (
  <>
    {text.split("\n").map((line, i) => {
      const quote = /^\s*>+\s?/.exec(line)
      return (
        <Fragment key={i}>
          {i === 0 ? null : "\n"}
          {quote === null ? linked(line) : <q className="quote">{linked(line.slice(quote[0].length))}</q>}
        </Fragment>
      )
    })}
  </>
)
