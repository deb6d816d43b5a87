import { useState } from "react"
import { Icon } from "../../components/Icon.tsx"
import { ceiling } from "../../view/chart.ts"
import { BUCKET } from "../../view/series.ts"
import { clock, duration } from "../../view/time.ts"
import { count, plural } from "../../view/words.ts"
import type { Bucket } from "./state.ts"

interface TimelineProps {
  readonly buckets: ReadonlyArray<Bucket>
  readonly since: number | null
  readonly windowMinutes: number
  /** Until when was counted. */
  readonly asOf: number
  readonly now: number
}

const HEIGHT = 100
const SLOT = 10

const rangeOf = (bucket: Bucket, now: number) => `${clock(bucket.from, now)} to ${clock(bucket.from + BUCKET, now).slice(-5)}`
const wordsFor = (bucket: Bucket, asOf: number) =>
  bucket.authors === null
    ? "nothing was read"
    : `${bucket.authors === 0 ? "no authors" : plural(bucket.authors, "author")}${bucket.from + BUCKET > asOf ? " so far" : ""}`

/** Whole hours of the clock where the axis is labelled: 00:00, 06:00, 12:00, 18:00. */
const hoursIn = (first: number, end: number): ReadonlyArray<number> => {
  const at = new Date(first)
  at.setMinutes(0, 0, 0)
  const hours: Array<number> = []
  for (; at.getTime() < end; at.setHours(at.getHours() + 1)) if (at.getTime() >= first && at.getHours() % 6 === 0) hours.push(at.getTime())
  return hours
}

/** Distinct authors per quarter of an hour, as columns from zero; the same figures as a table behind it. */
export const Timeline = ({ buckets, since, windowMinutes, asOf, now }: TimelineProps) => {
  const [table, setTable] = useState(false)
  const [at, setAt] = useState<number | null>(null)
  const top = ceiling(buckets.map(({ authors }) => authors))
  const peak = buckets.findIndex(({ authors }) => authors === top)
  const shown = buckets[at ?? peak]
  return (
    <figure className="timeline">
      <figcaption>
        <span>Authors per quarter hour</span>
        <span className="timeline-read" aria-live="polite">
          {shown === undefined ? "" : `${at === null ? "peak " : ""}${rangeOf(shown, now)} · ${wordsFor(shown, asOf)}`}
        </span>
        <button type="button" className="quiet-button" aria-pressed={table} onClick={() => setTable(!table)}>
          <Icon name={table ? "chart" : "table"} /> {table ? "chart" : "table"}
        </button>
      </figcaption>
      {table ? (
        <TimelineTable buckets={buckets} asOf={asOf} now={now} />
      ) : (
        <Columns buckets={buckets} top={top} at={at} setAt={setAt} since={since} windowMinutes={windowMinutes} asOf={asOf} now={now} />
      )}
    </figure>
  )
}

interface ColumnsProps extends TimelineProps {
  readonly top: number
  readonly at: number | null
  readonly setAt: (at: number | null) => void
}

const Columns = ({ buckets, top, at, setAt, since, windowMinutes, asOf, now }: ColumnsProps) => {
  const width = buckets.length * SLOT
  const first = buckets[0]?.from ?? now
  const end = (buckets.at(-1)?.from ?? now) + BUCKET
  const x = (time: number) => Math.max(0, ((time - first) / (end - first)) * width)
  const began = since === null || since < first ? null : x(since)
  const hours = hoursIn(first, end)
  // A label half outside is not read.
  const isLabelled = (hour: number) => x(hour) > width * 0.04 && x(hour) < width * 0.96
  const move = (step: number) => setAt(Math.max(0, Math.min(buckets.length - 1, (at ?? buckets.length - (step < 0 ? 0 : 1)) + step)))
  return (
    <div className="plot">
      <span className="plot-top">{count(top)}</span>
      <svg
        viewBox={`0 0 ${width} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="slider"
        tabIndex={0}
        aria-label="Authors per quarter hour over the last 24 hours; arrow keys read each"
        aria-valuemin={0}
        aria-valuemax={buckets.length - 1}
        aria-valuenow={at ?? buckets.length - 1}
        aria-valuetext={
          buckets[at ?? -1] === undefined
            ? ""
            : `${rangeOf(buckets[at ?? 0] as Bucket, now)}: ${wordsFor(buckets[at ?? 0] as Bucket, asOf)}`
        }
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect()
          const i = Math.floor(((event.clientX - box.left) / box.width) * buckets.length)
          setAt(Math.max(0, Math.min(buckets.length - 1, i)))
        }}
        onPointerLeave={() => setAt(null)}
        onBlur={() => setAt(null)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return
          event.preventDefault()
          move(event.key === "ArrowLeft" ? -1 : 1)
        }}
      >
        <pattern id="gap" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect className="plot-hatch" width="2" height="6" />
        </pattern>
        <rect
          className="plot-window"
          x={x(asOf - windowMinutes * 60_000)}
          width={x(asOf) - x(asOf - windowMinutes * 60_000)}
          y="0"
          height={HEIGHT}
        />
        <line className="plot-grid" x1="0" x2={width} y1={HEIGHT / 2} y2={HEIGHT / 2} />
        {hours.map((hour) => (
          <line key={hour} className="plot-grid" x1={x(hour)} x2={x(hour)} y1="0" y2={HEIGHT} />
        ))}
        {buckets.map(({ from, authors }, i) =>
          authors === null ? (
            <rect key={from} fill="url(#gap)" x={i * SLOT} width={SLOT} y="0" height={HEIGHT} />
          ) : (
            <rect
              key={from}
              className={since !== null && from + BUCKET > since ? "plot-bar plot-risen" : "plot-bar"}
              x={i * SLOT + 1}
              width={SLOT - 2}
              y={HEIGHT - (authors / top) * HEIGHT}
              height={(authors / top) * HEIGHT}
            />
          ),
        )}
        {began === null ? null : <line className="plot-began" x1={began} x2={began} y1="0" y2={HEIGHT} />}
        {at === null ? null : <rect className="plot-cross" x={at * SLOT} width={SLOT} y="0" height={HEIGHT} />}
      </svg>
      <div className="plot-axis" aria-hidden="true">
        {hours.filter(isLabelled).map((hour) => (
          <span key={hour} style={{ left: `${(x(hour) / width) * 100}%` }}>
            {clock(hour, now).slice(-5)}
          </span>
        ))}
      </div>
      <p className="plot-note">
        {began === null || since === null ? "" : `Dashed: it began ${clock(since, now)}. `}
        Shaded: the last {duration(windowMinutes * 60_000)}, which are compared with what is usual.
        {buckets.some(({ authors }) => authors === null) ? " Hatched: nothing was read, which is not a zero." : ""}
      </p>
    </div>
  )
}

const TimelineTable = ({ buckets, asOf, now }: Pick<TimelineProps, "buckets" | "asOf" | "now">) => (
  <div className="timeline-table" tabIndex={0} role="region" aria-label="Authors per quarter hour">
    <table>
      <thead>
        <tr>
          <th scope="col">Quarter hour</th>
          <th scope="col" className="num">
            Authors
          </th>
        </tr>
      </thead>
      <tbody>
        {buckets.toReversed().map((bucket) => (
          <tr key={bucket.from}>
            <td>
              {rangeOf(bucket, now)}
              {bucket.from + BUCKET > asOf ? ", so far" : ""}
            </td>
            <td className="num">{bucket.authors === null ? "not read" : count(bucket.authors)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)
