import type { SourceView } from "@signalflow/domain/api/Sources"
import type { TrendingTopic, TrendPage } from "@signalflow/domain/api/Trends"
import type { ReactNode } from "react"
import { Ago } from "../../components/Ago.tsx"
import { Blank } from "../../components/Blank.tsx"
import { FailureBlank } from "../../components/Failure.tsx"
import { PageLink } from "../../components/PageLink.tsx"
import { Skeleton } from "../../components/Skeleton.tsx"
import { platformName } from "../../view/platforms.ts"
import type { Resource } from "../../server/resource.ts"
import { navigate, type NowRoute } from "../../view/route.ts"
import { count, plural } from "../../view/words.ts"
import { Cold } from "./Cold.tsx"
import { Explain } from "./Explain.tsx"
import { type NowState, nowState } from "./state.ts"
import { NowFilters } from "./NowFilters.tsx"
import { TrendGroup } from "./TrendGroup.tsx"

interface NowProps {
  readonly route: NowRoute
  readonly trends: Resource<TrendPage>
  readonly sources: Resource<ReadonlyArray<SourceView>>
  readonly platforms: ReadonlyArray<string>
  /** Whether there is room for one column alone. */
  readonly narrow: boolean
  readonly retry: () => void
  /** What stands beside the trends: the live feed and the sources. */
  readonly aside: ReactNode
  /** True while a sheet covers the trends. */
  readonly behind: boolean
}

const WINDOW_MINUTES = 120

/** What is happening: topics that are said more than usual, the live feed beside them. */
export const Now = ({ route, trends, sources, platforms, narrow, retry, aside, behind }: NowProps) => (
  <div className={route.topic === null ? "now" : "now now-topic"}>
    <section className="now-trends" inert={behind} aria-labelledby="now-title">
      <div className="page-head">
        <h1 id="now-title">Now</h1>
        <NowFilters route={route} platforms={platforms} />
      </div>
      {trends._tag === "Ready" && trends.value.results.length > 0 ? (
        <Explain platforms={platforms} windowMinutes={trends.value.results[0]?.windowMinutes ?? WINDOW_MINUTES} />
      ) : null}
      <Trends route={route} trends={trends} sources={sources} narrow={narrow} retry={retry} />
    </section>
    <aside className="now-aside">{aside}</aside>
  </div>
)

const Trends = ({ route, trends, sources, narrow, retry }: Omit<NowProps, "aside" | "behind" | "platforms">) => {
  const state = nowState(trends, sources, route.find)
  switch (state._tag) {
    case "Loading":
      return <Skeleton shape="trend" rows={8} />
    case "Failed":
      return <FailureBlank failure={state.failure} retry={retry} />
    case "NoSource":
      return (
        <Blank
          icon="wave"
          title="No source is being read"
          action={
            <PageLink className="button" to={{ page: "sources" }}>
              See the sources
            </PageLink>
          }
        >
          Every source is off, so there is nothing to compare. The Sources page says why.
        </Blank>
      )
    case "Counting":
      return (
        <Blank icon="chart" title="Counting the first quarter of an hour">
          Posts are arriving. Topics appear here as soon as the first 15-minute window is complete.
        </Blank>
      )
    case "NoMatch":
      return (
        <Blank
          icon="search"
          title={`No topic matches “${state.find}”`}
          action={
            <button type="button" className="button" onClick={() => navigate({ ...route, find: "" }, "replace")}>
              Clear the filter
            </button>
          }
        >
          The filter looks at the names of the topics that are listed here.
        </Blank>
      )
    case "Quiet":
      return (
        <Blank icon="level" title="Nothing stands out">
          {route.platform === null ? "People talk" : `People on ${platformName(route.platform)} talk`} about what they usually talk about at
          this hour. Last counted <Ago at={state.asOf} suffix=" ago" />.
        </Blank>
      )
    case "Cold":
      return (
        <>
          <Cold have={state.have} need={state.need} sources={sources} />
          {state.topics.length === 0 ? null : (
            <TrendGroup title="Most talked about so far" topics={state.topics} route={route} asOf={timeOf(state.asOf)} from={1} />
          )}
        </>
      )
    case "Ready":
      return <Ready state={state} route={route} narrow={narrow} />
  }
}

/** Rows that a phone shows before it is asked for more. */
const FIRST_ROWS = 10

type Group = readonly [title: string | null, topics: ReadonlyArray<TrendingTopic>]

const Ready = ({ state, route, narrow }: Pick<NowProps, "route" | "narrow"> & { readonly state: Extract<NowState, { _tag: "Ready" }> }) => {
  const { rising, steady, cooling, uncompared } = state.groups
  const asOf = timeOf(state.asOf)
  // Who looks for a name finds it wherever it stands.
  const opened = route.usual === "shown" || route.find !== ""
  const groups: ReadonlyArray<Group> = [
    [null, rising],
    ["cooling", cooling],
    ["nothing unusual", opened ? steady : []],
    ["too little history to compare", uncompared],
  ]
  const all = groups.reduce((sum, [, topics]) => sum + topics.length, 0)
  let room = narrow && route.rows === null && route.find === "" ? FIRST_ROWS : all
  const shown = groups.map(([title, topics]): Group => {
    const part = topics.slice(0, Math.max(0, room))
    room -= part.length
    return [title, part]
  })
  const more = all - shown.reduce((sum, [, topics]) => sum + topics.length, 0)
  return (
    <>
      {rising.length === 0 ? <p className="quiet-line">Nothing is rising right now.</p> : null}
      {shown.map(([title, topics]) =>
        topics.length === 0 ? null : (
          <TrendGroup key={title ?? "rising"} title={title} topics={topics} route={route} asOf={asOf} from={title === null ? 1 : null} />
        ),
      )}
      <div className="trend-more">
        {more === 0 ? null : (
          <button type="button" className="button" onClick={() => navigate({ ...route, rows: "all" }, "replace")}>
            {count(more)} more
          </button>
        )}
        {steady.length === 0 || route.find !== "" ? null : (
          <button
            type="button"
            className="quiet-button"
            aria-expanded={opened}
            onClick={() => navigate({ ...route, usual: opened ? null : "shown" }, "replace")}
          >
            {opened ? `Hide ${plural(steady.length, "topic")} with nothing unusual` : `${count(steady.length)} more, nothing unusual`}
          </button>
        )}
      </div>
      <p className="foot-line">
        Counted to <Ago at={state.asOf} suffix=" ago" />
      </p>
    </>
  )
}

const timeOf = (iso: string | null): number => (iso === null || iso === "" ? Date.now() : Date.parse(iso))
