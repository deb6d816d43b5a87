import type { SignalView } from "@signalflow/domain/api/SignalView"
import { useEffect, useRef } from "react"
import type { Client } from "../../server/client.ts"
import { Blank } from "../../components/Blank.tsx"
import { FailureBlank } from "../../components/Failure.tsx"
import { PageLink } from "../../components/PageLink.tsx"
import { SignalItem } from "../../components/SignalItem.tsx"
import { Skeleton } from "../../components/Skeleton.tsx"
import type { Feed } from "../../live/feed.ts"
import { navigate, type PostsRoute, postsRoute } from "../../view/route.ts"
import { useStore } from "../../view/store.ts"
import { count } from "../../view/words.ts"
import { chipsOf } from "./chips.ts"
import { MOST, newerThan, postsState } from "./state.ts"
import { PostsFilters } from "./PostsFilters.tsx"
import { usePosts } from "./usePosts.ts"

interface PostsProps {
  readonly route: PostsRoute
  readonly client: Client
  readonly feed: Feed
  readonly platforms: ReadonlyArray<string>
}

const TOPICS = 4

/** Every signal, newest or hottest first, narrowed by the filters in the URL. */
export const Posts = ({ route, client, feed, platforms }: PostsProps) => {
  const { data, more, reload } = usePosts(client, route)
  const live = useStore(feed.state)
  const state = postsState(data, route, live.gone)
  const arrived = newerThan(
    data,
    route,
    live.rows.flatMap((row) => (row._tag === "Signal" ? [row.signal] : [])),
  )
  const showNew = () => {
    scrollTo({ top: 0 })
    reload()
  }
  return (
    <section className="page posts" aria-labelledby="posts-title">
      <div className="page-head">
        <h1 id="posts-title">Posts</h1>
        <PostsFilters route={route} platforms={platforms} />
      </div>
      <div className="posts-new" aria-live="polite">
        {arrived === 0 ? null : (
          <button type="button" className="waiting" onClick={showNew}>
            {count(arrived)} new
          </button>
        )}
      </div>
      {state._tag === "Loading" ? <Skeleton shape="post" rows={8} /> : null}
      {state._tag === "Failed" ? <FailureBlank failure={state.failure} retry={reload} byItself={false} /> : null}
      {state._tag === "Empty" ? <Empty filtered={state.filtered} sort={route.sort} /> : null}
      {state._tag === "Ready" ? (
        <>
          <ol className="post-list" aria-busy={state.more === "asking"}>
            {state.rows.map((signal) => (
              <li key={signal.id}>
                <SignalItem signal={signal} extra={<Topics signal={signal} route={route} />} />
              </li>
            ))}
          </ol>
          {state.failure === null ? (
            <More state={state.more} more={more} />
          ) : (
            <FailureBlank failure={state.failure} retry={more} byItself={false} />
          )}
        </>
      ) : null}
    </section>
  )
}

const Topics = ({ signal, route }: { readonly signal: SignalView; readonly route: PostsRoute }) => {
  const chips = chipsOf(signal)
  return chips.length === 0 ? null : (
    <span className="chips">
      {chips.slice(0, TOPICS).map(({ topic, label }) => (
        <PageLink key={topic} className="chip" to={{ ...route, topic }} top>
          {label}
        </PageLink>
      ))}
    </span>
  )
}

const Empty = ({ filtered, sort }: { readonly filtered: boolean; readonly sort: PostsRoute["sort"] }) =>
  filtered ? (
    <Blank
      icon="search"
      title="No post matches"
      action={
        <button type="button" className="button" onClick={() => navigate({ ...postsRoute, sort })}>
          Clear the filters
        </button>
      }
    >
      No post fits all of these filters together.
    </Blank>
  ) : (
    <Blank icon="wave" title="No posts yet">
      The first ones arrive within seconds of a source being live. The Sources page says how each is doing.
    </Blank>
  )

/** Asks for the next page when its end comes near; a button too, for those who do not scroll. */
const More = ({ state, more }: { readonly state: "ask" | "asking" | "end" | "bound"; readonly more: () => void }) => {
  const mark = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (state !== "ask" || mark.current === null || typeof IntersectionObserver === "undefined") return undefined
    const observer = new IntersectionObserver((entries) => entries.some(({ isIntersecting }) => isIntersecting) && more(), {
      rootMargin: "600px",
    })
    observer.observe(mark.current)
    return () => observer.disconnect()
  }, [state, more])
  return (
    <div ref={mark} className="more">
      {state === "ask" ? (
        <button type="button" className="button" onClick={more}>
          More
        </button>
      ) : null}
      {state === "asking" ? <Skeleton shape="post" rows={2} /> : null}
      {state === "end" ? <p>No more posts.</p> : null}
      {state === "bound" ? <p>{`The first ${count(MOST)} are shown. Narrow the filters to see others.`}</p> : null}
    </div>
  )
}
