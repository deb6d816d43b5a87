import type { TrendingTopic } from "@signalflow/domain/api/Trends"
import { PlatformMark } from "../../components/PlatformMark.tsx"
import { platformName } from "../../platforms.ts"
import { clock, duration, exact } from "../../time.ts"
import { arrivals, count, expectation } from "../../words.ts"

/** The platforms in the order that a topic reached them, with what was seen and what is usual. */
export const Spread = ({ topic, now }: { readonly topic: TrendingTopic; readonly now: number }) => {
  const order = arrivals(topic)
  const first = order[0]
  const at = new Map(order.map((arrival) => [arrival.platform, arrival.at]))
  const rows = topic.platforms.toSorted(
    (a, b) => (at.get(a.platform) ?? Infinity) - (at.get(b.platform) ?? Infinity) || b.observed - a.observed,
  )
  return (
    <table className="spread">
      <thead>
        <tr>
          <th scope="col">Platform</th>
          <th scope="col">Reached</th>
          <th scope="col" className="num">
            Authors
          </th>
          <th scope="col" className="num">
            Usual
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ platform, observed, expected }) => {
          const reached = at.get(platform)
          return (
            <tr key={platform}>
              <th scope="row">
                <PlatformMark platform={platform} /> {platformName(platform)}
              </th>
              <td>
                {reached === undefined || first === undefined ? (
                  <span className="muted" title="Reached = the third author of this rise was seen there">
                    not reached
                  </span>
                ) : (
                  <time title={exact(reached)} dateTime={new Date(reached).toISOString()}>
                    {clock(reached, now)}
                    {reached === first.at ? " first" : ` +${duration(reached - first.at)}`}
                  </time>
                )}
              </td>
              <td className="num">{count(observed)}</td>
              <td className="num">{topic.ratio === null ? "–" : expectation(expected)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
