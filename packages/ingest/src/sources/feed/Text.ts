import { BODY_LIMIT, storable, TITLE_LIMIT } from "@signalflow/domain/signals/Text"
import { decode } from "html-entities"
import { lineText, oneLine, pageText } from "../../convert/PlainText.ts"

/** Text of a feed, whose format says whether it is HTML. */
export interface FeedText {
  readonly value: string
  readonly html: boolean
}

const BLOCK = "(?:p|div|ul|ol|table|blockquote|h[1-6]|figure|section|article)"
const WHOLE = new RegExp(`^\\s*<${BLOCK}[\\s>]`, "i")
const ESCAPED = new RegExp(`^\\s*&lt;${BLOCK}(?:\\s|&gt;)`, "i")

/** Whether this begins and ends as blocks of HTML do, which nobody writes in passing. */
export const isWholeHtml = (text: string): boolean => WHOLE.test(text) && /<\/[a-z0-9]{1,12}>\s{0,9}$/i.test(text.slice(-30))

/** HTML that was escaped twice, as a whole, becomes HTML. */
const onceEscaped = (html: string): string =>
  ESCAPED.test(html) && !html.includes("<") && /&gt;\s{0,9}$/i.test(html.slice(-20)) ? decode(html.slice(0, 200_000)) : html

/** Plain text of at most `limit` characters; entities are decoded once, and only where the format says that this is HTML. */
export const textOf = ({ value, html }: FeedText, limit: number): string =>
  html ? pageText(onceEscaped(value), limit) : storable(value.slice(0, limit * 4).trim(), limit)

/** The same in one line, for titles and names. */
export const lineOf = ({ value, html }: FeedText, limit: number): string => (html ? lineText : oneLine)(value, limit)

/** The first of these that says anything. */
export const firstText = (texts: ReadonlyArray<FeedText>, as: "title" | "body"): string => {
  for (const text of texts) {
    const found = as === "title" ? lineOf(text, TITLE_LIMIT) : textOf(text, BODY_LIMIT)
    if (found !== "") return found
  }
  return ""
}
