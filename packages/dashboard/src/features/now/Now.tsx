import type { SourceView } from "@signalflow/domain/api/Sources"
import type { TrendingTopic, TrendPage } from "@signalflow/domain/api/Trends"
import type { ReactNode } from "react"
import { Ago } from "../../components/Ago.tsx"
import { Blank } from "../../components/Blank.tsx"
import { FailureBlank } from "../../components/Failure.tsx"
import { PageLink } from "../../components/PageLink.tsx"
import { Skeleton } from "../../components/Skeleton.tsx"
import { platformName } from "../../platforms.ts"
import type { Resource } from "../../resource.ts"
import { navigate, type NowRoute } from "../../route.ts"
import { Cold } from "./Cold.tsx"
import { nowState } from "./state.ts"
import { NowFilters } from "./NowFilters.tsx"
import { TrendGroup } from "./TrendGroup.tsx"

interface NowProps {
  readonly route: NowRoute
  readonly trends: Resource<TrendPage>
  readonly sources: Resource<ReadonlyArray<SourceView>>
  readonly platforms: ReadonlyArray<string>
  readonly retry: () => void
  /** What stands beside the trends: the live feed and the sources. */
  readonly aside: ReactNode
  /** True while a sheet covers the trends. */
  readonly behind: boolean
}

/** What is happening: topics that are said more than usual, the live feed beside them. */
export const Now = ({ route, trends, sources, platforms, retry, aside, behind }: NowProps) => (
  <div className={route.topic === null ? "now" : "now now-topic"}>
    <section className="now-trends" inert={behind} aria-labelledby="now-title">
      <div className="page-head">
        <h1 id="now-title">Now</h1>
        <NowFilters route={route} platforms={platforms} />
      </div>
      <Trends route={route} trends={trends} sources={sources} retry={retry} />
    </section>
    <aside className="now-aside">{aside}</aside>
  </div>
)

const Trends = ({ route, trends, sources, retry }: Omit<NowProps, "aside" | "behind" | "platforms">) => {
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
    case "Ready": {
      const { rising, steady, cooling, uncompared } = state.groups
      const asOf = timeOf(state.asOf)
      const groups: ReadonlyArray<readonly [string | null, ReadonlyArray<TrendingTopic>]> = [
        [null, rising],
        ["cooling", cooling],
        ["as usual", steady],
        ["too little history to compare", uncompared],
      ]
      let from = 1
      return (
        <>
          {rising.length === 0 ? <p className="quiet-line">Nothing is rising right now.</p> : null}
          {groups.map(([title, topics]) => {
            const first = from
            from += topics.length
            return topics.length === 0 ? null : (
              <TrendGroup key={title ?? "rising"} title={title} topics={topics} route={route} asOf={asOf} from={first} />
            )
          })}
          <p className="foot-line">
            Counted to <Ago at={state.asOf} suffix=" ago" /> · a topic is rising when many more people than usual for the hour name it
          </p>
        </>
      )
    }
  }
}

const timeOf = (iso: string | null): number => (iso === null || iso === "" ? Date.now() : Date.parse(iso))
