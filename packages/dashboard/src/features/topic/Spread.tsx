import type { TrendingTopic } from "@signalflow/domain/api/Trends"
import { Hint } from "../../components/Hint.tsx"
import { PlatformMark } from "../../components/PlatformMark.tsx"
import { platformName } from "../../view/platforms.ts"
import { clock, duration } from "../../view/time.ts"
import { arrivals, count, expectation } from "../../view/words.ts"

type Part = TrendingTopic["platforms"][number]

const people = ({ observed }: { readonly observed: number }) => (observed === 0 ? "none" : count(observed))

/** The platforms in the order that a topic reached them, with what was seen and what is usual; below them what the headline adds up. */
export const Spread = ({ topic, now }: { readonly topic: TrendingTopic; readonly now: number }) => {
  const order = arrivals(topic)
  const at = new Map(order.map((arrival) => [arrival.platform, arrival.at]))
  const rows = topic.platforms
    .filter(({ platform, observed, expected }) => observed > 0 || expected > 0 || at.has(platform))
    .toSorted((a, b) => (at.get(a.platform) ?? Infinity) - (at.get(b.platform) ?? Infinity) || b.observed - a.observed)
  const isLeftOut = ({ counted }: Part) => counted === false
  return (
    <table className="spread">
      <thead>
        <tr>
          <th scope="col">Platform</th>
          <th scope="col">
            <Hint text="When the third author of this burst named the topic there.">Reached</Hint>
          </th>
          <th scope="col" className="num">
            Authors
          </th>
          <th scope="col" className="num">
            Usual
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((part) => (
          <tr key={part.platform} className={isLeftOut(part) ? "spread-out" : undefined}>
            <th scope="row">
              <PlatformMark platform={part.platform} named /> {platformName(part.platform)}
            </th>
            <td>
              <Reached at={at.get(part.platform)} first={order[0]?.at} now={now} />
            </td>
            <td className="num">{people(part)}</td>
            <td className="num">{topic.ratio === null ? "–" : isLeftOut(part) ? "not counted" : expectation(part.expected)}</td>
          </tr>
        ))}
      </tbody>
      {rows.length < 2 ? null : (
        <tfoot>
          <tr>
            <th scope="row">{rows.some(isLeftOut) ? "Together, of those counted" : "Together"}</th>
            <td />
            <td className="num">{people(topic)}</td>
            <td className="num">{topic.ratio === null ? "–" : expectation(topic.expected)}</td>
          </tr>
        </tfoot>
      )}
    </table>
  )
}

const Reached = ({ at, first, now }: { readonly at: number | undefined; readonly first: number | undefined; readonly now: number }) =>
  at === undefined || first === undefined ? (
    <span className="muted">
      <span aria-hidden="true">–</span>
      <span className="sr">not reached</span>
    </span>
  ) : (
    <time dateTime={new Date(at).toISOString()}>
      {clock(at, now)}
      {at === first ? " first" : ` +${duration(at - first)}`}
    </time>
  )
