const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012,
  9.9843695780195716e-6, 1.5056327351493116e-7,
]

/** ln Γ(x) for x > 0 (Lanczos, g = 7). */
const logGamma = (x: number): number => {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const z = x - 1
  let sum = 0.99999999999980993
  for (let i = 0; i < LANCZOS.length; i++) sum += LANCZOS[i]! / (z + i + 1)
  const t = z + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum)
}

/** The continued fraction of the incomplete beta function (Lentz's method); quick for x below (a + 1) / (a + b + 2). */
const betaFraction = (x: number, a: number, b: number): number => {
  const tiny = 1e-300
  let c = 1
  let d = 1 - ((a + b) * x) / (a + 1)
  d = 1 / (Math.abs(d) < tiny ? tiny : d)
  let result = d
  for (let m = 1; m <= 20_000; m++) {
    for (const numerator of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 + numerator * d
      d = 1 / (Math.abs(d) < tiny ? tiny : d)
      c = 1 + numerator / c
      if (Math.abs(c) < tiny) c = tiny
      result *= c * d
    }
    if (Math.abs(c * d - 1) < 1e-13) break
  }
  return result
}

/** ln of the regularised incomplete beta function I_x(a, b); `y` is 1 − x, given apart because the difference would lose its digits. */
const logBeta = (x: number, y: number, a: number, b: number): number => {
  const front = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(y)
  if (x < (a + 1) / (a + b + 2)) return front + Math.log(betaFraction(x, a, b) / a)
  return Math.log1p(-Math.min(1, Math.exp(front + Math.log(betaFraction(y, b, a) / b))))
}

/** Least ratio of variance to mean: counts of people are never less spread than Poisson's. */
export const LEAST_SPREAD = 1.05

const LIMIT = 1_000

/**
 * −log10 P[X ≥ count] of a negative binomial X with this mean and variance: 6 is one in a million. Computed in the log domain as
 * I_{1−p}(count, r) with p = mean/variance and r = mean²/(variance − mean), so that counts of any size are safe. At most 1,000.
 */
export const surprise = (count: number, mean: number, variance: number): number => {
  if (!(count > 0) || !(mean > 0)) return 0
  const spread = Math.max(variance / mean, LEAST_SPREAD)
  const log = logBeta(1 - 1 / spread, 1 / spread, count, mean / (spread - 1))
  return Number.isNaN(log) ? 0 : Math.min(LIMIT, Math.max(0, -log / Math.LN10))
}
