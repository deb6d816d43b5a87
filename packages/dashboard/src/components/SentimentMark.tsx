import { signed } from "../view/words.ts"

const word = (mean: number) => (mean <= -0.05 ? "negative" : mean >= 0.05 ? "positive" : "neutral")

/** Mean feeling on a scale from orange (−1) to blue (+1); grey without a number where too few were read. */
export const SentimentMark = ({ mean, n }: { readonly mean: number | null; readonly n: number }) => {
  if (mean === null || n < 5) {
    return (
      <span className="feeling feeling-none">
        <Scale at={null} />
        <span className="feeling-value" aria-hidden="true">
          –
        </span>
        <span className="sr">too few posts to say how people feel</span>
      </span>
    )
  }
  const tone = word(mean)
  return (
    <span className={`feeling feeling-${tone}`}>
      <Scale at={mean} />
      <span className={signed(mean) === "neutral" ? "feeling-value feeling-word" : "feeling-value"}>{signed(mean)}</span>
      <span className="sr">{`mean sentiment, ${tone}, ${n} posts`}</span>
    </span>
  )
}

const Scale = ({ at }: { readonly at: number | null }) => (
  <svg className="feeling-scale" viewBox="0 0 40 8" width="40" height="8" aria-hidden="true" focusable="false">
    <rect className="feeling-track" x="0" y="3" width="40" height="2" rx="1" />
    {at === null ? null : (
      <rect className="feeling-fill" x={Math.min(20, 20 + at * 20)} y="2" width={Math.max(1, Math.abs(at) * 20)} height="4" rx="1" />
    )}
    <rect className="feeling-zero" x="19.5" y="0" width="1" height="8" />
  </svg>
)
