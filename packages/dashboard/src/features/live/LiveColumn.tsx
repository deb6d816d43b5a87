import { memo, useEffect, useRef, useState } from "react"
import { Blank } from "../../components/Blank.tsx"
import { Icon } from "../../components/Icon.tsx"
import { headline, Original } from "../../components/SignalItem.tsx"
import { Ago } from "../../components/Ago.tsx"
import { PageLink } from "../../components/PageLink.tsx"
import { PlatformMark } from "../../components/PlatformMark.tsx"
import { Skeleton } from "../../components/Skeleton.tsx"
import type { Feed } from "../../live/feed.ts"
import { platformName } from "../../view/platforms.ts"
import { postsRoute } from "../../view/route.ts"
import { useStore } from "../../view/store.ts"
import { useNow } from "../../view/time.ts"
import { bylineOf, count, plural } from "../../view/words.ts"
import { isLate, rateOf, type Row } from "../../live/state.ts"

/** Rows drawn; the rest of what is kept is for scrolling back on the Posts page. */
const DRAWN = 80

/** Arrivals a second up to which each is tinted; past it the tint would be a flicker. */
const CALM = 4

interface LiveColumnProps {
  readonly feed: Feed
  /** The platform that is looked at alone; null = all. */
  readonly platform: string | null
}

/** What people post, in the order that it arrives. While it is read, nothing moves. */
export const LiveColumn = ({ feed, platform }: LiveColumnProps) => {
  const live = useStore(feed.state)
  const status = useStore(feed.status)
  const paused = useStore(feed.paused)
  const list = useRef<HTMLDivElement>(null)
  const scrolled = useScrolled(list)
  const now = useNow(1_000)
  const [pointer, setPointer] = useState(false)
  const [focus, setFocus] = useState(false)

  useEffect(() => {
    feed.hold(pointer || focus || scrolled)
    return () => feed.hold(false)
  }, [feed, pointer, focus, scrolled])

  useEffect(() => (platform === null ? undefined : feed.look(platform)), [feed, platform])

  const wanted = (row: Row) => platform === null || row._tag === "Gap" || row.signal.platform === platform
  const rows = live.rows.filter(wanted)

  const showWaiting = () => {
    feed.release()
    list.current?.scrollTo({ top: 0 })
  }
  const waiting = live.waiting.filter((row) => row._tag === "Signal" && wanted(row)).length

  return (
    <section className="live" aria-labelledby="live-title">
      <div className="aside-head">
        <h2 id="live-title">{platform === null ? "Live" : `Live: ${platformName(platform)}`}</h2>
        {waiting === 0 ? null : (
          <button type="button" className="waiting" onClick={showWaiting}>
            {count(waiting)} new
          </button>
        )}
        <PageLink className="quiet-button" to={{ ...postsRoute, platform }} top aria-label="All posts">
          all
        </PageLink>
        <button type="button" className="quiet-button" aria-pressed={paused} onClick={() => feed.pause(!paused)}>
          <Icon name={paused ? "play" : "pause"} /> {paused ? "resume" : "pause"}
        </button>
      </div>
      <p className="sr" aria-live="polite">
        {waiting === 0 ? "" : `${plural(waiting, "new post")} waiting`}
      </p>
      <div
        ref={list}
        className="live-list"
        onPointerEnter={(event) => setPointer(event.pointerType !== "touch")}
        onPointerLeave={() => setPointer(false)}
        onFocus={() => setFocus(true)}
        onBlur={(event) => setFocus(event.currentTarget.contains(event.relatedTarget))}
      >
        {rows.length > 0 ? (
          <ol className={rateOf(live, now) > CALM ? undefined : "live-calm"}>
            {rows.slice(0, DRAWN).map((row) => (
              <LiveRow key={row.key} row={row} />
            ))}
          </ol>
        ) : status._tag === "Live" ? (
          <Blank icon="wave" title="Waiting for the first post">
            You are connected. Posts appear here the moment they are read.
          </Blank>
        ) : (
          <Skeleton shape="live" rows={7} />
        )}
      </div>
    </section>
  )
}

/** True once the top of the list has been scrolled out of sight, by its own scrollbar or the page's. */
const useScrolled = (list: React.RefObject<HTMLElement | null>): boolean => {
  const [scrolled, setScrolled] = useState(false)
  useEffect(() => {
    const look = () => {
      const box = list.current
      if (box === null) return
      setScrolled(box.scrollTop > 8 || box.getBoundingClientRect().top < 0)
    }
    document.addEventListener("scroll", look, { capture: true, passive: true })
    return () => document.removeEventListener("scroll", look, { capture: true })
  }, [list])
  return scrolled
}

/** A row is drawn again when its signal changes, not when another arrives. */
const LiveRow = memo(({ row }: { readonly row: Row }) => {
  if (row._tag === "Gap") {
    return (
      <li className="live-gap">
        {row.missed === null ? "The feed restarted: some posts may be missing here" : `${plural(row.missed, "post")} missed here`}
      </li>
    )
  }
  const { signal } = row
  const { name, place } = bylineOf(signal)
  return (
    <li className="live-row">
      <PlatformMark platform={signal.platform} />
      <div className="live-words">
        <Original signal={signal} className={signal.title === "" ? "live-text" : "live-text live-title"} row>
          {headline(signal)}
        </Original>
        <span className="live-by">
          {[name, place, signal.kind === "comment" ? "comment" : null].filter((part) => part !== null).join(" · ")}
          {isLate(row) ? (
            <span className="live-late">
              late: posted <Ago at={signal.publishedAt} suffix=" ago" />
            </span>
          ) : null}
        </span>
      </div>
      <Ago at={row.at} />
    </li>
  )
})
