import type { TrendingTopic, TrendPage } from "@signalflow/domain/api/Trends"
import { type ReactNode, useEffect, useRef } from "react"
import type { Client } from "../../server/client.ts"
import { Blank } from "../../components/Blank.tsx"
import { FailureBlank } from "../../components/Failure.tsx"
import { Hint } from "../../components/Hint.tsx"
import { Icon } from "../../components/Icon.tsx"
import { PageLink } from "../../components/PageLink.tsx"
import { SignalItem } from "../../components/SignalItem.tsx"
import { Skeleton } from "../../components/Skeleton.tsx"
import { platformName } from "../../view/platforms.ts"
import { type Resource, useResource } from "../../server/resource.ts"
import { postsRoute } from "../../view/route.ts"
import { useNow } from "../../view/time.ts"
import { beganAt, beginning, chance, count, evidence, height, plural, probability, signed, times } from "../../view/words.ts"
import { Spread } from "./Spread.tsx"
import { bucketsOf, examplesFirst, topicState } from "./state.ts"
import { Timeline } from "./Timeline.tsx"

interface TopicProps {
  readonly topic: string
  /** The platform that is looked at alone; null = all. */
  readonly platform: string | null
  readonly trends: Resource<TrendPage>
  readonly client: Client
  readonly gone: ReadonlySet<string>
  readonly retry: () => void
  readonly close: () => void
  /** On a phone the topic is a sheet over the list. */
  readonly modal: boolean
}

/** Why a topic stands where it stands: the sentence, the series, the way it went, the posts. */
export const Topic = ({ topic, platform, trends, client, gone, retry, close, modal }: TopicProps) => {
  const heading = useRef<HTMLHeadingElement>(null)
  const state = topicState(trends, topic)
  const now = useNow(60_000)
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  return (
    <div className="topic" role="dialog" aria-modal={modal} aria-labelledby="topic-title">
      <header className="topic-head">
        <div className="topic-name">
          <h2 id="topic-title" ref={heading} tabIndex={-1}>
            {state._tag === "Ready" ? state.topic.label : topic}
          </h2>
          {state._tag === "Ready" ? (
            <p>
              {[
                platform === null ? null : `On ${platformName(platform)} alone`,
                beginning(state.topic, now),
                state.topic.signals24h === 0 ? null : `${plural(state.topic.signals24h, "post")} in 24 h`,
              ]
                .filter((part) => part !== null)
                .join(" · ")}
            </p>
          ) : null}
        </div>
        <button type="button" className="quiet-button icon-button" onClick={close} aria-label="Close the topic" title="Close (Esc)">
          <Icon name="close" />
        </button>
      </header>
      <div className="topic-body">
        {state._tag === "Loading" ? <Skeleton shape="post" rows={3} /> : null}
        {state._tag === "Failed" ? <FailureBlank failure={state.failure} retry={retry} /> : null}
        {state._tag === "NotTrending" ? (
          <Blank icon="level" title="Not among the trends now">
            {platform === null
              ? "Too few people name it at the moment. Posts that name it, if there are any, are below."
              : `Too few people on ${platformName(platform)} name it at the moment. Posts that name it there, if there are any, are below.`}
          </Blank>
        ) : null}
        {state._tag === "Ready" ? <Evidence topic={state.topic} asOf={state.asOf} now={now} /> : null}
        <Examples
          topic={topic}
          platform={platform}
          examples={state._tag === "Ready" ? state.topic.examples : []}
          client={client}
          gone={gone}
        />
      </div>
    </div>
  )
}

const Evidence = ({ topic, asOf, now }: { readonly topic: TrendingTopic; readonly asOf: number; readonly now: number }) => {
  const was = height(topic, now)
  return (
    <>
      <div className={`verdict verdict-${topic.state}`}>
        {was !== null ? (
          <p className="verdict-number">
            {was.was} <small>usual, {was.when}</small>
          </p>
        ) : topic.ratio === null || topic.ratio < 0.05 ? null : (
          <p className="verdict-number">
            {times(topic.ratio)} <small>usual</small>
          </p>
        )}
        <p className="verdict-words">
          {evidence(topic, now)}
          {topic.surprise === null || topic.state === "cooling" ? null : (
            <>
              {" "}
              <Hint text={`${chance(topic.surprise)} (${probability(topic.surprise)}).`}>How sure is that?</Hint>
            </>
          )}
        </p>
      </div>
      <Timeline
        buckets={bucketsOf(topic.sparkline, asOf)}
        since={beganAt(topic)}
        windowMinutes={topic.windowMinutes}
        asOf={asOf}
        now={now}
      />
      <Part title="Where it is said">
        <Spread topic={topic} now={now} />
      </Part>
      <p className="feeling-line">
        <strong>Feeling </strong>
        {topic.sentiment === null
          ? `unknown: ${topic.sentimentN === 0 ? "no" : `only ${topic.sentimentN}`} English ${topic.sentimentN === 1 ? "post" : "posts"} in the window, 5 are needed.`
          : `${signed(topic.sentiment)} on a scale from −1 to +1, the mean of ${count(topic.sentimentN)} English posts.`}
      </p>
    </>
  )
}

const Part = ({ title, children, action }: { readonly title: string; readonly children: ReactNode; readonly action?: ReactNode }) => (
  <section className="topic-part">
    <div className="part-head">
      <h3>{title}</h3>
      {action}
    </div>
    {children}
  </section>
)

const EXAMPLES = 12

const Examples = ({
  topic,
  platform,
  examples,
  client,
  gone,
}: Pick<TopicProps, "topic" | "platform" | "client" | "gone"> & { readonly examples: ReadonlyArray<string> }) => {
  const { resource, reload } = useResource(`examples:${platform ?? ""}:${topic}`, 60_000, (signal) =>
    client.signals({ topic, sort: "hot", page_size: EXAMPLES, ...(platform === null ? {} : { platform }) }, signal),
  )
  const shown = resource._tag === "Ready" ? examplesFirst(resource.value.results, examples).filter(({ id }) => !gone.has(id)) : []
  return (
    <Part
      title="Posts that show it"
      action={
        <PageLink className="quiet-button" to={{ ...postsRoute, topic, platform }} top>
          all posts
        </PageLink>
      }
    >
      {resource._tag === "Loading" ? <Skeleton shape="post" rows={3} /> : null}
      {resource._tag === "Failed" ? <FailureBlank failure={resource.failure} retry={reload} /> : null}
      {resource._tag === "Ready" && shown.length === 0 ? <p className="muted">No post of the last 24 hours names it any more.</p> : null}
      <ol className="post-list">
        {shown.map((signal) => (
          <li key={signal.id}>
            <SignalItem signal={signal} />
          </li>
        ))}
      </ol>
    </Part>
  )
}
