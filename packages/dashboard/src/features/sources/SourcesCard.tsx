import type { SourceView } from "@signalflow/domain/api/Sources"
import { AsOf } from "../../components/AsOf.tsx"
import { Ago } from "../../components/Ago.tsx"
import { PageLink } from "../../components/PageLink.tsx"
import { PlatformMark } from "../../components/PlatformMark.tsx"
import { StateWord } from "../../components/StateWord.tsx"
import { platformName } from "../../view/platforms.ts"
import type { Resource } from "../../server/resource.ts"
import { compact } from "../../view/words.ts"
import { byPlatform, sourcesState } from "./state.ts"

/** The sources in a few lines; the whole story is on their page. */
export const SourcesCard = ({ sources }: { readonly sources: Resource<ReadonlyArray<SourceView>> }) => {
  const state = sourcesState(sources)
  return (
    <section className="sources-card" aria-labelledby="sources-card-title">
      <div className="aside-head">
        <h2 id="sources-card-title">Sources</h2>
        <AsOf resource={sources} />
        <PageLink className="quiet-button" to={{ page: "sources" }} top>
          all
        </PageLink>
      </div>
      {state._tag === "Loading" ? <p className="card-line muted">…</p> : null}
      {state._tag === "Failed" ? <p className="card-line muted">Not known: {state.failure.message}</p> : null}
      {state._tag === "Empty" ? <p className="card-line muted">No source is configured.</p> : null}
      {state._tag === "Ready"
        ? byPlatform(state.sources).map((source) => (
            <div key={source.platform} className="card-line">
              <PlatformMark platform={source.platform} named />
              <span className="card-name">{platformName(source.platform)}</span>
              <span className="card-why" title={line(source)}>
                {line(source)}
              </span>
              <StateWord state={source.state} />
              {source.lastSuccess === null ? null : <Ago at={source.lastSuccess} />}
            </div>
          ))
        : null}
    </section>
  )
}

const line = (source: SourceView): string => {
  if (source.state !== "live") return source.why ?? ""
  if (source.warmStart !== null && source.warmStart < 1) return `loading history, ${Math.floor(source.warmStart * 100)} %`
  return source.signalsLastHour === 0 ? "nothing in the last hour" : `${compact(source.signalsLastHour)} last hour`
}
