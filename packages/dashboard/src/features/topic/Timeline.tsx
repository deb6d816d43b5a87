import { useState } from "react"
import { Icon } from "../../components/Icon.tsx"
import { ceiling } from "../../chart.ts"
import { clock } from "../../time.ts"
import { count, plural } from "../../words.ts"
import type { Bucket } from "./state.ts"

interface TimelineProps {
  readonly buckets: ReadonlyArray<Bucket>
  readonly since: number | null
  readonly windowMinutes: number
  readonly now: number
}

const BUCKET = 15 * 60_000
const HEIGHT = 100
const SLOT = 10

const rangeOf = (bucket: Bucket, now: number) => `${clock(bucket.from, now)} to ${clock(bucket.from + BUCKET, now).slice(-5)}`
const wordsFor = (bucket: Bucket) => (bucket.authors === null ? "nothing was read" : plural(bucket.authors, "author"))

/** Distinct authors per quarter of an hour, as columns from zero; the same figures as a table behind it. */
export const Timeline = ({ buckets, since, windowMinutes, now }: TimelineProps) => {
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
          {shown === undefined ? "" : `${at === null ? "peak " : ""}${rangeOf(shown, now)} · ${wordsFor(shown)}`}
        </span>
        <button type="button" className="quiet-button" aria-pressed={table} onClick={() => setTable(!table)}>
          <Icon name={table ? "chart" : "table"} /> {table ? "chart" : "table"}
        </button>
      </figcaption>
      {table ? (
        <TimelineTable buckets={buckets} now={now} />
      ) : (
        <Columns buckets={buckets} top={top} at={at} setAt={setAt} since={since} windowMinutes={windowMinutes} now={now} />
      )}
    </figure>
  )
}

interface ColumnsProps extends TimelineProps {
  readonly top: number
  readonly at: number | null
  readonly setAt: (at: number | null) => void
}

const Columns = ({ buckets, top, at, setAt, since, windowMinutes, now }: ColumnsProps) => {
  const width = buckets.length * SLOT
  const windowed = Math.min(buckets.length, Math.round((windowMinutes * 60_000) / BUCKET))
  const first = buckets[0]?.from ?? now
  const end = (buckets.at(-1)?.from ?? now) + BUCKET
  const began = since === null || since < first ? null : ((since - first) / (end - first)) * width
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
          buckets[at ?? -1] === undefined ? "" : `${rangeOf(buckets[at ?? 0] as Bucket, now)}: ${wordsFor(buckets[at ?? 0] as Bucket)}`
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
        <rect className="plot-window" x={width - windowed * SLOT} width={windowed * SLOT} y="0" height={HEIGHT} />
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
        {[0, 0.25, 0.5, 0.75, 1].map((share) => (
          <span key={share}>{clock(first + share * (end - first), now).slice(-5)}</span>
        ))}
      </div>
      <p className="plot-note">
        {began === null || since === null ? "" : `Dashed: the rise began ${clock(since, now)}. `}
        Shaded: the last {windowMinutes >= 60 ? `${windowMinutes / 60} h` : `${windowMinutes} min`}, which are compared with the usual.
        {buckets.some(({ authors }) => authors === null) ? " Hatched: nothing was read, which is not a zero." : ""}
      </p>
    </div>
  )
}

const TimelineTable = ({ buckets, now }: { readonly buckets: ReadonlyArray<Bucket>; readonly now: number }) => (
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
            <td>{rangeOf(bucket, now)}</td>
            <td className="num">{bucket.authors === null ? "not read" : count(bucket.authors)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)
