import { BODY_LIMIT, storable, TITLE_LIMIT } from "@signalflow/domain/signals/Text"
import { lineText, oneLine, pageText } from "../../convert/PlainText.ts"

/** Text of a feed, whose format says whether it is HTML. */
export interface FeedText {
  readonly value: string
  readonly html: boolean
}

/** Plain text of at most `limit` characters; entities are decoded once, and only where the format says that this is HTML. */
export const textOf = ({ value, html }: FeedText, limit: number): string =>
  html ? pageText(value, limit) : storable(value.slice(0, limit * 4).trim(), limit)

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
