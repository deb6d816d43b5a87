export interface Point {
  readonly x: number
  readonly y: number
}

/** Largest value of a series, at least 1, so that a flat zero lies on the floor. */
export const ceiling = (values: ReadonlyArray<number | null>): number =>
  values.reduce<number>((most, value) => Math.max(most, value ?? 0), 1)

/** Points of a series in a box, zero at its foot, one run for each stretch without a gap. */
export const runs = (
  values: ReadonlyArray<number | null>,
  width: number,
  height: number,
  top = ceiling(values),
): ReadonlyArray<ReadonlyArray<Point>> => {
  const step = values.length > 1 ? width / (values.length - 1) : 0
  const all: Array<Array<Point>> = []
  let open: Array<Point> | undefined
  values.forEach((value, i) => {
    if (value === null) {
      open = undefined
      return
    }
    if (open === undefined) all.push((open = []))
    open.push({ x: round(i * step), y: round(height - (Math.min(value, top) / top) * height) })
  })
  return all
}

const round = (n: number) => Math.round(n * 100) / 100

export const linePath = (points: ReadonlyArray<Point>): string => points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${x} ${y}`).join("")

export const areaPath = (points: ReadonlyArray<Point>, height: number): string => {
  const first = points[0]
  const last = points.at(-1)
  return first === undefined || last === undefined ? "" : `${linePath(points)}L${last.x} ${height}L${first.x} ${height}Z`
}
