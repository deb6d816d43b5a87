import type { DeadLetterStats, DeadLetterView, WholeDeadLetter } from "@signalflow/domain/api/DeadLetters"
import { cell, plain } from "../../print/TerminalText.ts"

type Fate = Pick<DeadLetterView, "replayedAt" | "parkedAt">

const fateOf = ({ replayedAt, parkedAt }: Fate): string => (parkedAt !== null ? "parked" : replayedAt !== null ? "replayed" : "open")

/** One line for a person. */
export const lineOf = (letter: DeadLetterView): string =>
  [
    String(letter.id).padStart(6),
    letter.lastFailedAt.slice(0, 19),
    cell(letter.errorClass, 10),
    cell(fateOf(letter), 8),
    `${letter.attempts}×`.padStart(4),
    cell(letter.topic, 20),
    cell(letter.key, 30),
    plain(letter.error).slice(0, 100),
  ].join("  ")

const times = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`

const lines = (text: string) => text.split("\n").map((line) => `  ${plain(line)}`)

/** All of a letter, for a person. What somebody wrote cannot command the terminal. */
export const pageOf = (letter: WholeDeadLetter): ReadonlyArray<string> => [
  `Dead letter ${letter.id}: ${fateOf(letter)}`,
  `  from        ${plain(letter.topic)}, partition ${letter.partition}, offset ${letter.offset}`,
  `  key         ${plain(letter.key ?? "-")}`,
  `  class       ${letter.errorClass}`,
  `  error       ${plain(letter.error)}`,
  `  failed      ${times(letter.attempts, "time")}, first ${letter.firstFailedAt}, last ${letter.lastFailedAt}`,
  `  replayed    ${letter.replays === 0 ? "never" : `${times(letter.replays, "time")}${letter.replayedAt === null ? "" : `, last ${letter.replayedAt}`}`}`,
  ...(letter.parkedAt === null ? [] : [`  parked      ${letter.parkedAt}`]),
  ...(letter.altered === null ? [] : [`  not whole   ${plain(letter.altered)}`]),
  "headers",
  ...Object.entries(letter.headers).map(([name, value]) => `  ${plain(name)}: ${plain(value)}`),
  `payload (${letter.payloadBytes} bytes)`,
  ...lines(letter.payload),
]

export const statsLines = (stats: DeadLetterStats): ReadonlyArray<string> => {
  const row = (cells: ReadonlyArray<string | number>) =>
    `${cell(String(cells[0]), 30)}  ${cell(String(cells[1]), 10)}${cells
      .slice(2)
      .map((n) => String(n).padStart(10))
      .join("")}`
  if (stats.total === 0) return ["There are no dead letters."]
  return [
    row(["topic", "class", "total", "open", "replayed", "parked"]),
    ...stats.groups.map(({ topic, errorClass, total, open, replayed, parked }) => row([topic, errorClass, total, open, replayed, parked])),
    row(["all", "", stats.total, stats.open, stats.replayed, stats.parked]),
    ...(stats.oldestOpen === null ? [] : [`The oldest that is open failed first at ${stats.oldestOpen}.`]),
  ]
}
