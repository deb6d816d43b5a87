import type { SignalView } from "@signalflow/domain/api/SignalView"
import type { ReactNode } from "react"
import { webLink } from "../links.ts"
import { platformName } from "../platforms.ts"
import { authorName, compact, plural, signed } from "../words.ts"
import { Ago } from "./Ago.tsx"
import { Icon } from "./Icon.tsx"
import { PlatformMark } from "./PlatformMark.tsx"

/** The text of a signal in one piece: its title, or its body where it has none. */
export const headline = (signal: SignalView): string => signal.title || signal.body || "(no text)"

/** A link that leaves for the original, or plain text where the platform gave no safe address. */
export const Original = ({
  signal,
  className,
  row = false,
  children,
}: {
  readonly signal: SignalView
  readonly className: string
  readonly row?: boolean
  readonly children: ReactNode
}) => {
  const href = webLink(signal.permalink) ?? webLink(signal.url)
  if (href === null)
    return (
      <span className={className} dir="auto">
        {children}
      </span>
    )
  return (
    <a className={className} dir="auto" href={href} target="_blank" rel="noopener noreferrer nofollow" {...(row ? { "data-row": "" } : {})}>
      {children}
      <span className="sr"> (opens {platformName(signal.platform)} in a new tab)</span>
    </a>
  )
}

const Numbers = ({ signal }: { readonly signal: SignalView }) => (
  <>
    {signal.score === null ? null : (
      <span title={plural(signal.score, signal.platform === "bluesky" ? "like" : "point")}>▲ {compact(signal.score)}</span>
    )}
    {signal.comments === null ? null : (
      <span
        className="with-icon"
        title={plural(
          signal.comments,
          signal.platform === "bluesky" ? "reply" : "comment",
          signal.platform === "bluesky" ? "replies" : "comments",
        )}
      >
        <Icon name="comment" /> {compact(signal.comments)}
      </span>
    )}
    {signal.sentiment === null ? null : (
      <span className={`tone tone-${signal.sentiment.label}`} title={`Sentiment of the text: ${signal.sentiment.label}`}>
        {signed(signal.sentiment.compound)}
      </span>
    )}
  </>
)

/** One signal with its numbers and a link to the original. `extra` = what the page adds below it. */
export const SignalItem = ({ signal, extra }: { readonly signal: SignalView; readonly extra?: ReactNode }) => (
  <article className="post">
    <div className="post-meta">
      <PlatformMark platform={signal.platform} />
      <span className="post-author" dir="auto" title={signal.author ?? undefined}>
        {authorName(signal.author)}
      </span>
      {signal.community === null ? null : (
        <span className="post-community" dir="auto">
          {signal.community}
        </span>
      )}
      <span className="post-kind">{signal.kind}</span>
      <Ago at={signal.publishedAt} suffix=" ago" />
    </div>
    <Original signal={signal} className={signal.title === "" ? "post-text" : "post-text post-title"} row>
      {headline(signal)}
    </Original>
    {signal.title !== "" && signal.body !== "" ? (
      <p className="post-body" dir="auto">
        {signal.body}
      </p>
    ) : null}
    <div className="post-foot">
      <Numbers signal={signal} />
      {extra}
    </div>
  </article>
)
