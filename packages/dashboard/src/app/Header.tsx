import { useState } from "react"
import type { Feed } from "../live/feed.ts"
import { rateOf } from "../live/state.ts"
import { isOffline } from "./notices.ts"
import { nowRoute, postsRoute, type Route } from "../view/route.ts"
import { useStore } from "../view/store.ts"
import { chooseTheme, storedTheme, themes } from "../view/theme.ts"
import { useNow } from "../view/time.ts"
import { Hint } from "../components/Hint.tsx"
import { Icon } from "../components/Icon.tsx"
import { Logo } from "../components/Logo.tsx"
import { PageLink } from "../components/PageLink.tsx"
import { WorldChip } from "../components/WorldChip.tsx"

const pages: ReadonlyArray<readonly [route: Route, name: string, icon: Parameters<typeof Icon>[0]["name"]]> = [
  [nowRoute, "Now", "wave"],
  [postsRoute, "Posts", "comment"],
  [{ page: "sources" }, "Sources", "source"],
]

/** The pages that exist. Along the top; at the foot of a phone. */
const Navigation = ({ page }: { readonly page: Route["page"] }) => (
  <nav className="nav" aria-label="Pages">
    {pages.map(([route, name, icon]) => (
      <PageLink key={name} to={route} aria-current={route.page === page ? "page" : undefined} top>
        <Icon name={icon} />
        <span>{name}</span>
      </PageLink>
    ))}
  </nav>
)

interface HeaderProps {
  readonly page: Route["page"]
  readonly feed: Feed
  readonly user: string
  readonly help: () => void
  readonly signOut: () => void
  /** Whether the server says that its world is simulated. */
  readonly simulated: boolean
}

export const Header = ({ page, feed, user, help, signOut, simulated }: HeaderProps) => (
  <header className="header">
    <Logo />
    <Navigation page={page} />
    {simulated ? <WorldChip /> : null}
    <LiveDot feed={feed} />
    <div className="header-tools">
      <ThemeButton />
      <button type="button" className="quiet-button icon-button header-help" onClick={help} aria-label="Keys" title="Keys (?)">
        <Icon name="help" />
      </button>
      <button
        type="button"
        className="quiet-button icon-button"
        onClick={signOut}
        aria-label={`Sign out ${user}`}
        title={`Signed in as ${user}. Sign out`}
      >
        <Icon name="exit" />
      </button>
    </div>
  </header>
)

const rateWords = (rate: number) => (rate < 0.05 ? "quiet" : `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`)

/** ● live 1.2/s, ◌ reconnecting, ○ offline. */
const LiveDot = ({ feed }: { readonly feed: Feed }) => {
  const status = useStore(feed.status)
  const now = useNow(1_000)
  const [tag, words, hint] =
    status._tag === "Live"
      ? (["live", rateWords(rateOf(feed.state.get(), now)), "Posts read per second, over the last half minute."] as const)
      : status._tag === "Connecting"
        ? (["waiting", "connecting", "Opening the live connection"] as const)
        : isOffline(status)
          ? (["offline", "offline", "The server does not answer; trying again by itself"] as const)
          : (["waiting", "reconnecting", "The live connection was lost; what is missed is fetched"] as const)
  return (
    <p className={`live-dot live-dot-${tag}`}>
      <span className="dot" aria-hidden="true" />
      {tag === "live" ? (
        <Hint text={hint}>
          <span className="live-word">live </span>
          <span className="live-rate">{words}</span>
        </Hint>
      ) : (
        <span role="status">{words}</span>
      )}
    </p>
  )
}

const themeIcons = { system: "auto", light: "sun", dark: "moon" } as const

const ThemeButton = () => {
  const [theme, setTheme] = useState(storedTheme)
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system"
  return (
    <button
      type="button"
      className="quiet-button icon-button"
      aria-label={`Theme: ${theme}. Change to ${next}`}
      title={`Theme: ${theme}`}
      onClick={() => {
        chooseTheme(next)
        setTheme(next)
      }}
    >
      <Icon name={themeIcons[theme]} />
    </button>
  )
}
