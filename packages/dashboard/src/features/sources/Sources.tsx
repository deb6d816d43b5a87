import type { SourceView } from "@signalflow/domain/api/Sources"
import { AsOf } from "../../components/AsOf.tsx"
import { Ago } from "../../components/Ago.tsx"
import { Blank } from "../../components/Blank.tsx"
import { FailureBlank } from "../../components/Failure.tsx"
import { PlatformMark } from "../../components/PlatformMark.tsx"
import { Skeleton } from "../../components/Skeleton.tsx"
import { StateWord } from "../../components/StateWord.tsx"
import { Tinted } from "../../components/Tinted.tsx"
import { platformName } from "../../platforms.ts"
import type { Resource } from "../../resource.ts"
import { count, plural } from "../../words.ts"
import { lagWords, sourcesState } from "./state.ts"

interface SourcesProps {
  readonly sources: Resource<ReadonlyArray<SourceView>>
  readonly retry: () => void
}

/** Where the signals come from and whether each source tells the truth. */
export const Sources = ({ sources, retry }: SourcesProps) => {
  const state = sourcesState(sources)
  return (
    <section className="page" aria-labelledby="sources-title">
      <div className="page-head">
        <h1 id="sources-title">Sources</h1>
        <AsOf resource={sources} />
        {state._tag === "Ready" ? <p className="page-note">{`${state.live} of ${plural(state.sources.length, "source")} live`}</p> : null}
      </div>
      {state._tag === "Loading" ? <Skeleton shape="source" rows={4} /> : null}
      {state._tag === "Failed" ? <FailureBlank failure={state.failure} retry={retry} /> : null}
      {state._tag === "Empty" ? (
        <Blank icon="wave" title="No source is configured">
          Hacker News and Bluesky need no keys: <code>npx signalflow up</code> reads both. <code>npx signalflow doctor</code> says what
          stands in the way.
        </Blank>
      ) : null}
      {state._tag === "Ready" ? <Table sources={state.sources} /> : null}
    </section>
  )
}

const Table = ({ sources }: { readonly sources: ReadonlyArray<SourceView> }) => (
  <table className="sources">
    <thead>
      <tr>
        <th scope="col">Source</th>
        <th scope="col">State</th>
        <th scope="col">Last good answer</th>
        <th scope="col" className="num">
          Lag
        </th>
        <th scope="col" className="num">
          Platform, last hour
        </th>
        <th scope="col">History</th>
      </tr>
    </thead>
    <tbody>
      {sources.map((source) => (
        <SourceRow key={`${source.platform}:${source.target}`} source={source} />
      ))}
    </tbody>
  </table>
)

const SourceRow = ({ source }: { readonly source: SourceView }) => (
  <tr className={`source-${source.state}`} data-row="" tabIndex={-1}>
    <th scope="row">
      <div className="source-head">
        <PlatformMark platform={source.platform} />
        <span className="source-name">
          {platformName(source.platform)} <span className="source-target">{source.target}</span>
        </span>
      </div>
    </th>
    <td className="source-state">
      <StateWord state={source.state} />
      {source.active ? null : <span className="source-paused">paused</span>}
      {source.why === null ? null : <span className="source-why">{source.why}</span>}
      {source.quotaLeft === null ? null : <span className="source-why">{plural(source.quotaLeft, "request")} left of the quota</span>}
    </td>
    <td data-label="Last good answer">
      {source.lastSuccess === null ? <span className="muted">never</span> : <Ago at={source.lastSuccess} suffix=" ago" />}
    </td>
    <td data-label="Lag" className="num">
      {source.state === "off" ? "–" : lagWords(source.lagSeconds)}
    </td>
    <td data-label="Platform, last hour" className="num">
      <Tinted value={count(source.signalsLastHour)} />
    </td>
    <td className="source-history" data-label="History">
      <History source={source} />
    </td>
  </tr>
)

const History = ({ source }: { readonly source: SourceView }) => {
  if (source.warmStart === null || source.warmStart >= 1) return <span className="muted">{source.state === "off" ? "–" : "loaded"}</span>
  const percent = Math.floor(source.warmStart * 100)
  return (
    <span className="history">
      <progress value={percent} max={100} aria-label={`History of ${platformName(source.platform)} loaded`} />
      <span>{percent} %</span>
    </span>
  )
}
