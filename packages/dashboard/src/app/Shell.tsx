import { useCallback, useEffect, useMemo, useState } from "react"
import type { Client } from "../server/client.ts"
import { Blank } from "../components/Blank.tsx"
import { Header } from "./Header.tsx"
import { Icon } from "../components/Icon.tsx"
import { LiveColumn } from "../features/live/LiveColumn.tsx"
import { Help } from "./Help.tsx"
import { Now } from "../features/now/Page.tsx"
import { Posts } from "../features/posts/Page.tsx"
import { Sources } from "../features/sources/Page.tsx"
import { SourcesCard } from "../features/sources/SourcesCard.tsx"
import { Topic } from "../features/topic/Page.tsx"
import type { Feed } from "../live/feed.ts"
import { focusFilter, focusRow } from "../view/keyboard.ts"
import { notices } from "./notices.ts"
import { useResource } from "../server/resource.ts"
import { navigate, nowRoute, parseRoute, postsRoute, useHref } from "../view/route.ts"
import { useStore, useStorePart } from "../view/store.ts"
import { useNow } from "../view/time.ts"
import { titleOf } from "./title.ts"
import { useMedia } from "../view/useMedia.ts"
import { useKeyboard } from "../view/useKeyboard.ts"

interface ShellProps {
  readonly client: Client
  readonly feed: Feed
  readonly user: string
  readonly signOut: () => void
}

const TRENDS_MS = 15_000
const SOURCES_MS = 10_000
const TOPICS = 100
const HEALTH_MS = 600_000

/** What everybody sees who is signed in: the header, what is amiss, one page. */
export const Shell = ({ client, feed, user, signOut }: ShellProps) => {
  const href = useHref()
  const route = useMemo(() => parseRoute(new URL(href, location.origin)), [href])
  const [help, setHelp] = useState(false)
  const narrow = useMedia("(max-width: 1099px)")
  const now = useNow(15_000)
  const status = useStore(feed.status)
  const gone = useStorePart(feed.state, ({ gone }) => gone)

  useEffect(() => feed.open(), [feed])

  const platform = route.page === "now" ? route.platform : null
  const trends = useResource(`trending:${platform ?? ""}`, TRENDS_MS, (signal) =>
    client.trending({ page_size: TOPICS, ...(platform === null ? {} : { platform }) }, signal),
  )
  const sources = useResource("sources", SOURCES_MS, (signal) => client.sources(signal))

  const platforms = useMemo(() => {
    const known = sources.resource._tag === "Ready" ? sources.resource.value.map((source) => source.platform) : []
    const chosen = route.page === "now" || route.page === "posts" ? route.platform : null
    return [...new Set(chosen === null ? known : [...known, chosen])].sort()
  }, [sources.resource, route])

  const health = useResource("health", HEALTH_MS, (signal) => client.health(signal))
  const simulated = health.resource._tag === "Ready" && health.resource.value.world === "simulated"

  const title = titleOf(route, trends.resource)
  useEffect(() => {
    document.title = title
  }, [title])

  const closeTopic = useCallback(() => {
    if (route.page !== "now" || route.topic === null) return
    const row = document.querySelector<HTMLElement>(".trend-open [data-row]")
    navigate({ ...route, topic: null })
    requestAnimationFrame(() => row?.focus({ preventScroll: true }))
  }, [route])

  useKeyboard((command) => {
    switch (command._tag) {
      case "Find":
        return focusFilter()
      case "Next":
        return focusRow(1)
      case "Previous":
        return focusRow(-1)
      case "Go":
        return navigate({ now: nowRoute, posts: postsRoute, sources: { page: "sources" } as const }[command.page])
      case "Help":
        return setHelp(true)
      case "Close": {
        if (help) return setHelp(false)
        const focused = document.activeElement
        if (focused instanceof HTMLInputElement || focused instanceof HTMLSelectElement) return focused.blur()
        return closeTopic()
      }
    }
  })

  const topic = route.page === "now" ? route.topic : null
  const sheet = narrow && topic !== null
  return (
    <div className={sheet ? "shell shell-sheet" : "shell"}>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <div inert={sheet}>
        <Header page={route.page} feed={feed} user={user} help={() => setHelp(true)} signOut={signOut} simulated={simulated} />
        <ul className="notices" aria-live="polite" aria-label="Notices">
          {notices(status, trends.resource, sources.resource, now).map(({ key, tone, text }) => (
            <li key={key} className={`notice notice-${tone}`}>
              <Icon name="warn" />
              {text}
            </li>
          ))}
        </ul>
      </div>
      <main id="main" tabIndex={-1}>
        {route.page === "now" ? (
          <Now
            route={route}
            trends={trends.resource}
            sources={sources.resource}
            platforms={platforms}
            narrow={narrow}
            retry={trends.reload}
            behind={sheet}
            aside={
              topic === null ? (
                <>
                  <LiveColumn feed={feed} platform={platform} />
                  <SourcesCard sources={sources.resource} />
                </>
              ) : (
                <Topic
                  key={topic}
                  topic={topic}
                  platform={platform}
                  trends={trends.resource}
                  client={client}
                  gone={gone}
                  retry={trends.reload}
                  close={closeTopic}
                  modal={sheet}
                />
              )
            }
          />
        ) : null}
        {route.page === "posts" ? <Posts route={route} client={client} feed={feed} platforms={platforms} /> : null}
        {route.page === "sources" ? <Sources sources={sources.resource} retry={sources.reload} /> : null}
        {route.page === "unknown" ? (
          <Blank
            icon="search"
            level={1}
            title="There is no such page"
            action={
              <button type="button" className="button" onClick={() => navigate(nowRoute)}>
                Go to Now
              </button>
            }
          >
            SignalFlow has no page at {route.path}.
          </Blank>
        ) : null}
      </main>
      {help ? <Help close={() => setHelp(false)} /> : null}
    </div>
  )
}
