import { AsOf } from "../../components/AsOf.tsx"
import { Ago } from "../../components/Ago.tsx"
import { Blank } from "../../components/Blank.tsx"
import { FailureBlank } from "../../components/Failure.tsx"
import { Hint } from "../../components/Hint.tsx"
import { PlatformMark } from "../../components/PlatformMark.tsx"
import { Skeleton } from "../../components/Skeleton.tsx"
import { StateWord } from "../../components/StateWord.tsx"
import { Tinted } from "../../components/Tinted.tsx"
import { platformName } from "../../view/platforms.ts"
import type { Resource } from "../../server/resource.ts"
import { count, plural } from "../../view/words.ts"
import type { SourceView } from "@signalflow/domain/api/Sources"
import { groupsOf, lagWords, type PlatformSources, sourcesState, type Target } from "./state.ts"

interface SourcesProps {
  readonly sources: Resource<ReadonlyArray<SourceView>>
  readonly retry: () => void
}

const STATES =
  "Live: it answers. Degraded: it answers late, in part or not at all at the moment, and SignalFlow keeps trying. Off: it is not read, for the reason given."

/** Where the signals come from and whether each source tells the truth. */
export const Sources = ({ sources, retry }: SourcesProps) => {
  const state = sourcesState(sources)
  return (
    <section className="page" aria-labelledby="sources-title">
      <div className="page-head">
        <h1 id="sources-title">Sources</h1>
        <AsOf resource={sources} />
        {state._tag === "Ready" ? (
          <p className="page-note">
            {`${state.live} of ${plural(state.sources.length, "source")} live`} <Hint label="What the states mean" text={STATES} />
          </p>
        ) : null}
      </div>
      {state._tag === "Loading" ? <Skeleton shape="source" rows={4} /> : null}
      {state._tag === "Failed" ? <FailureBlank failure={state.failure} retry={retry} /> : null}
      {state._tag === "Empty" ? (
        <Blank icon="wave" title="No source is configured">
          Hacker News and Bluesky need no keys: <code>npx signalflow up</code> reads both. <code>npx signalflow doctor</code> says what to
          fix.
        </Blank>
      ) : null}
      {state._tag === "Ready" ? groupsOf(state.sources).map((group) => <PlatformPart key={group.platform} group={group} />) : null}
    </section>
  )
}

/** What all targets of a platform share is said once; below it each target with what differs. */
const PlatformPart = ({ group }: { readonly group: PlatformSources }) => (
  <section className={`source-group source-${group.state}`} aria-labelledby={`source-${group.platform}`}>
    <div className="source-head">
      <PlatformMark platform={group.platform} named />
      <h2 id={`source-${group.platform}`} className="source-name" data-row="" tabIndex={-1}>
        {platformName(group.platform)}
      </h2>
      <StateWord state={group.state} />
      <p className="source-facts">
        {group.lastSuccess === null ? null : (
          <span>
            last answer <Ago at={group.lastSuccess} suffix=" ago" />
          </span>
        )}
        {group.signalsLastHour === 0 ? null : (
          <span>
            <Tinted value={count(group.signalsLastHour)} /> {group.signalsLastHour === 1 ? "post" : "posts"} in the last hour
          </span>
        )}
        {group.quotaLeft === null ? null : (
          <span>{group.quotaLeft === 0 ? "quota used up" : `${plural(group.quotaLeft, "request")} left of the quota`}</span>
        )}
      </p>
    </div>
    {group.why === null ? null : <p className="source-why">{group.why}</p>}
    <ul className="targets">
      {group.targets.map((target) => (
        <TargetLine key={target.name} target={target} platform={group.platform} />
      ))}
    </ul>
  </section>
)

const TargetLine = ({ target, platform }: { readonly target: Target; readonly platform: string }) => (
  <li className="target">
    <span className="target-name">{target.name}</span>
    {target.active ? null : <span className="target-fact">paused</span>}
    {target.state === null ? null : <StateWord state={target.state} />}
    {target.lagSeconds === null ? null : <span className="target-fact">{lagWords(target.lagSeconds)} behind</span>}
    {target.warmStart === null ? null : (
      <span className="history">
        <progress value={target.warmStart} max={1} aria-label={`Earlier posts of ${platformName(platform)} loaded`} />
        <span>history {Math.floor(target.warmStart * 100)} %</span>
      </span>
    )}
    {target.why === null ? null : <span className="target-why">{target.why}</span>}
  </li>
)
