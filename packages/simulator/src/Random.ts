/** Deterministic randomness: every entity draws from a generator seeded by its own coordinates, so that nothing depends on the order of generation. */
export interface Random {
  /** Uniform in [0, 1). */
  readonly next: () => number
  /** Uniform integer in [0, n). */
  readonly int: (n: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <A>(from: ReadonlyArray<A>) => A
  /** Index drawn from rising cumulative weights. */
  readonly weighted: (cumulative: ArrayLike<number>) => number
  readonly exponential: (mean: number) => number
  readonly poisson: (mean: number) => number
}

const mix = (value: number): number => {
  let x = value | 0
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  return (x ^ (x >>> 16)) >>> 0
}

/** A 32-bit hash of integer coordinates (the triple32 finaliser, chained). */
export const hash = (...coordinates: ReadonlyArray<number>): number => {
  let state = 0x9e3779b9
  for (const coordinate of coordinates) {
    state = mix(state ^ mix((coordinate | 0) + 0x6d2b79f5))
    const high = Math.trunc(coordinate / 0x1_0000_0000)
    if (high !== 0) state = mix(state ^ mix(high))
  }
  return state
}

export const hashText = (text: string): number => {
  let state = 0x811c9dc5
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193)
  return mix(state)
}

export const cumulate = (weights: ReadonlyArray<number>): Float64Array => {
  const cumulative = new Float64Array(weights.length)
  let total = 0
  for (let i = 0; i < weights.length; i++) {
    total += weights[i]!
    cumulative[i] = total
  }
  return cumulative
}

/** mulberry32. */
export const random = (...coordinates: ReadonlyArray<number>): Random => {
  let state = hash(...coordinates)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const poissonBelow30 = (mean: number) => {
    const limit = Math.exp(-mean)
    let k = 0
    for (let product = next(); product > limit; product *= next()) k++
    return k
  }
  return {
    next,
    int: (n) => Math.floor(next() * n),
    chance: (probability) => next() < probability,
    pick: (from) => from[Math.floor(next() * from.length)]!,
    weighted: (cumulative) => {
      const target = next() * cumulative[cumulative.length - 1]!
      let low = 0
      let high = cumulative.length - 1
      while (low < high) {
        const middle = (low + high) >> 1
        if (cumulative[middle]! > target) high = middle
        else low = middle + 1
      }
      return low
    },
    exponential: (mean) => -mean * Math.log(1 - next()),
    poisson: (mean) => {
      let rest = mean
      let k = 0
      // A sum of Poisson variables is Poisson: large means are drawn in parts that exp() can hold.
      for (; rest > 30; rest -= 30) k += poissonBelow30(30)
      return k + poissonBelow30(rest)
    },
  }
}
