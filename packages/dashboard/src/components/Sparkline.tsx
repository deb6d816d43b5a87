import { areaPath, ceiling, linePath, runs } from "../view/chart.ts"

interface SparklineProps {
  readonly values: ReadonlyArray<number | null>
  /** Index of the bucket from which the rise is drawn warm; null = no rise. */
  readonly since: number | null
  readonly label: string
}

const WIDTH = 160
const HEIGHT = 32
const PAD = 2

/** A day in 160 pixels: zero at the foot, gaps left open. */
export const Sparkline = ({ values, since, label }: SparklineProps) => {
  const top = ceiling(values)
  const calm = since === null ? values : values.map((value, i) => (i <= since ? value : null))
  const risen = since === null ? [] : values.map((value, i) => (i >= since ? value : null))
  return (
    <svg
      className="spark"
      viewBox={`-${PAD} -${PAD} ${WIDTH + 2 * PAD} ${HEIGHT + 2 * PAD}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <line className="spark-floor" x1="0" x2={WIDTH} y1={HEIGHT} y2={HEIGHT} />
      {[calm, risen].flatMap((series, part) =>
        runs(series, WIDTH, HEIGHT, top).map((points) => (
          <g key={`${part}:${points[0]?.x}`} className={part === 0 ? "spark-calm" : "spark-risen"}>
            <path className="spark-area" d={areaPath(points, HEIGHT)} />
            <path className="spark-line" d={points.length === 1 ? `${linePath(points)}h.1` : linePath(points)} />
          </g>
        )),
      )}
    </svg>
  )
}
