import type { SentimentLabel } from "@signalflow/domain/signals/EnrichedSignal"
import { lazyReading, type Reader } from "@signalflow/process/reading/LazyReading"
import type { ReadableSignal } from "@signalflow/process/reading/Reading"
import { textHash } from "@signalflow/process/reading/TextHash"
import { compound } from "@signalflow/process/reading/vader/Vader"
import type { Enrichment } from "@signalflow/process/pipeline/Pipeline"
import type { Score } from "@signalflow/process/scoring/Scores"

/** What the peer does with a record, in our pipeline: `peerlib/enrich.py` and `peerlib/velocity.py`, formula by formula. */

const TRENDING_THRESHOLD = 40

const labelOf = (score: number): SentimentLabel => (score >= 0.05 ? "positive" : score <= -0.05 ? "negative" : "neutral")

const hashtags = (text: string): ReadonlyArray<string> =>
  text.includes("#")
    ? [...new Set([...text.matchAll(/#([\p{L}\p{N}_]{2,50})/gu)].map((found) => found[1]!.toLowerCase()))].slice(0, 10)
    : []

/** To Python a byte order mark is no space: a word that one hangs on is another word. So it is with this character to both. */
const textOf = ({ title, body }: ReadableSignal): string => {
  const text = `${title} ${body}`
  return (text.includes("\ufeff") ? text.replaceAll("\ufeff", "\u200b") : text).trim()
}

const reader: Reader = (signal) => {
  const text = textOf(signal)
  return lazyReading(textHash(text), () => {
    const score = compound(text)
    return {
      language: "en",
      sentiment: { compound: score, label: labelOf(score) },
      keywords: [],
      entities: [],
      topics: hashtags(text),
      fingerprint: null,
      model: 0,
    }
  })
}

const log10of1p = (value: number) => Math.log10(1 + Math.max(value, 0))

const score: Score = (previous, now, signal, sentiment) => {
  const { score, comments, at } = now ?? { score: 0, comments: 0, at: signal.observedAt }
  const hours = previous === null ? 1 : Math.max((at - previous.at) / 1_000, 1) / 3_600
  const gained = previous === null ? 0 : Math.max(score - previous.score + 2 * (comments - previous.comments), 0)
  const velocity = gained / hours
  const ageHours = Math.max((at - signal.publishedAt) / 3_600_000, 0)
  const sum =
    Math.min(log10of1p(score) * 10, 40) +
    Math.min(log10of1p(comments) * 7.5, 20) +
    Math.min(log10of1p(velocity) * 5, 25) +
    5 * Math.abs(sentiment?.compound ?? 0) +
    10 * Math.exp(-ageHours / 6)
  const rounded = Math.round(Math.min(sum, 100) * 10_000) / 10_000
  return { velocity: { score: velocity, comments: 0 }, trending: { score: rounded, isTrending: rounded >= TRENDING_THRESHOLD }, heat: 0 }
}

/** The peer pushes nothing to anybody (`--push off`): nor is anything announced here. */
export const peerEnrichment: Enrichment = { reader, score, announces: false }
