import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"

const folder = process.env["SIGNALFLOW_TEST_DATA"] ?? ""

/** True where the recorded data is absent and may be: in CI the test runs, and fails on the missing file. */
export const isWithoutRecordings = folder === "" && process.env["CI"] !== "true"

export const recordedText = (path: string): string => {
  const bytes = readFileSync(join(folder, path))
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8")
}

export const recordedLines = (path: string): ReadonlyArray<string> =>
  recordedText(path)
    .split("\n")
    .filter((line) => line !== "")

/** Deterministic numbers in [0, 1) (mulberry32). */
export const numbersFrom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}

/** Pearson's r. */
export const correlation = (xs: ReadonlyArray<number>, ys: ReadonlyArray<number>): number => {
  const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(xs), mean(ys)]
  const sum = (of: (dx: number, dy: number) => number) => xs.reduce((total, value, i) => total + of(value - x, ys[i]! - y), 0)
  return sum((dx, dy) => dx * dy) / Math.sqrt(sum((dx) => dx * dx) * sum((_, dy) => dy * dy))
}

export const hostileTexts: Readonly<Record<string, string>> = {
  "the empty text": "",
  "white space alone": " \t\n\u00a0\u3000\u2028 ",
  "lone surrogates": "good \ud83d bad \ude00 #ta\ud800g $\udfff \udc00\ud800 but great",
  "NUL characters in text": "go\0od \0 bad\0 #ta\0g $TI\0CK \0\0\0",
  "a 20,000-letter word": "x".repeat(20_000),
  "a 20,000-letter capital word": `Good ${"É".repeat(20_000)} bad`,
  "1 MB of emoji": "😀❤️👩‍👩‍👧".repeat(30_000),
  "1 MB of punctuation": "!?[](`&#<>\"'@$".repeat(70_000),
  "right-to-left text and controls": "\u202eأهلا #وسم \u2067שלום\u2069 $AAPL \u200f!",
  "combining marks without end": `a${"\u0301".repeat(50_000)} good`,
  "words named as properties of objects": "constructor __proto__ hasOwnProperty toString #constructor valueOf",
  "open brackets and back-ticks": `${"[".repeat(20_000)}${"](".repeat(20_000)}${"`".repeat(20_001)}${"&".repeat(20_000)}`,
  "opposed schemes": "http://".repeat(20_000),
}
