import { PLATFORMS } from "./Recognise.ts"
import { LARGEST_LOSS, sum, type Survey, type Tally } from "./Survey.ts"

const listed = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([what, n]) => `${what} ${n}`)
    .join(", ")

const bracketed = (n: number, counts: Readonly<Record<string, number>>) => (n === 0 ? "" : ` (${listed(counts)})`)

const line = (name: string, { seen, decoded, byDesign, dropped }: Tally) => {
  const parts = [`${seen} seen`, `${sum(decoded)} decoded${bracketed(sum(decoded), decoded)}`]
  if (sum(byDesign) > 0) parts.push(`${sum(byDesign)} left out by design${bracketed(sum(byDesign), byDesign)}`)
  parts.push(`${sum(dropped)} dropped${bracketed(sum(dropped), dropped)}`)
  return `${name}: ${parts.join(", ")}`
}

/** File names come from whoever recorded them: nothing in them may speak to a terminal. */
const printable = (text: string) => text.replace(/[^\x20-\x7e\u00a0-\uffff]/g, "?")

/** One line per file, then every loss, then the platforms. */
export const report = ({ files, totals, losses, failed }: Survey): string => {
  const rows = files.map(({ file, tally, beside, other }) => {
    const rest = Object.keys(beside).length === 0 ? "" : `; beside them ${listed(beside)}`
    return other === null ? line(file, tally) + rest : `${file}: other, ${other}${rest}`
  })
  const lost = losses.map(({ file, where, platform, reason }) => `  ${file}${where === "" ? "" : ` ${where}`}: ${platform} ${reason}`)
  const platforms = PLATFORMS.filter((platform) => totals[platform].seen > 0).map((platform) => {
    const share = (100 * sum(totals[platform].dropped)) / totals[platform].seen
    return `${line(platform, totals[platform])} = ${share.toFixed(3)} %`
  })
  const verdict =
    failed.length === 0
      ? `at most ${LARGEST_LOSS * 100} % of every platform's items dropped: fine`
      : `more than ${LARGEST_LOSS * 100} % dropped: ${failed.join(", ")}`
  const others = files.filter(({ other }) => other !== null).length
  const summary = [`${files.length} files, ${others} of them other`, ...platforms, verdict]
  return [...rows, "", `dropped: ${losses.length}`, ...lost, "", ...summary].map((row) => `${printable(row)}\n`).join("")
}
