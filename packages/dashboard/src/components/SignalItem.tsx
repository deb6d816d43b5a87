import type { SignalView } from "@signalflow/domain/api/SignalView"
import type { ReactNode } from "react"
import { webLink } from "../view/links.ts"
import { platformName } from "../view/platforms.ts"
import { bylineOf, compact, plural, signed } from "../view/words.ts"
import { Ago } from "./Ago.tsx"
import { Icon } from "./Icon.tsx"
import { PlatformMark } from "./PlatformMark.tsx"
import { Written } from "./Written.tsx"

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

const RESPONSES = { bluesky: ["reply", "replies"], other: ["comment", "comments"] } as const

/** Counts that are there, with their words for those who listen. A zero is no fact about a post: nobody has counted yet. */
const Numbers = ({ signal }: { readonly signal: SignalView }) => {
  const [one, many] = RESPONSES[signal.platform === "bluesky" ? "bluesky" : "other"]
  const { score, comments, sentiment } = signal
  return (
    <>
      {score === null || score === 0 ? null : (
        <span>
          <span aria-hidden="true">▲ {compact(score)}</span>
          <span className="sr">{plural(score, signal.platform === "bluesky" ? "like" : "point")}</span>
        </span>
      )}
      {comments === null || comments === 0 ? null : (
        <span className="with-icon">
          <Icon name="comment" />
          <span aria-hidden="true">{compact(comments)}</span>
          <span className="sr">{plural(comments, one, many)}</span>
        </span>
      )}
      {sentiment === null || sentiment.label === "neutral" ? null : (
        <span className={`tone tone-${sentiment.label}`}>
          {sentiment.label} {signed(sentiment.compound)}
        </span>
      )}
    </>
  )
}

const Byline = ({ signal }: { readonly signal: SignalView }) => {
  const { name, place } = bylineOf(signal)
  return (
    <>
      {name === null ? null : (
        <span className="post-author" dir="auto">
          {name}
        </span>
      )}
      {place === null ? null : (
        <span className="post-community" dir="auto">
          {place}
        </span>
      )}
    </>
  )
}

/** One signal with its numbers and a link to the original. `extra` = what the page adds below it. */
export const SignalItem = ({ signal, extra }: { readonly signal: SignalView; readonly extra?: ReactNode }) => {
  const titled = signal.title !== ""
  const text = titled ? signal.body : headline(signal)
  return (
    <article className="post">
      <div className="post-meta">
        <PlatformMark platform={signal.platform} named />
        <Byline signal={signal} />
        <span className="post-kind">
          {platformName(signal.platform)} {signal.kind}
        </span>
        <Ago at={signal.publishedAt} suffix=" ago" />
        {titled ? null : (
          <Original signal={signal} className="post-open" row>
            open
          </Original>
        )}
      </div>
      {titled ? (
        <Original signal={signal} className="post-text post-title" row>
          {signal.title}
        </Original>
      ) : null}
      {text === "" ? null : (
        <p className={titled ? "post-body" : "post-text"} dir="auto">
          <Written text={text} />
        </p>
      )}
      <div className="post-foot">
        <Numbers signal={signal} />
        {extra}
      </div>
    </article>
  )
}
