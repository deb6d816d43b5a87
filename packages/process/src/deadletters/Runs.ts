import type { DeadLetterRecord } from "@signalflow/domain/deadletters/DeadLetterRecord"

const MOST_RECORDS = 200
const MOST_CHARACTERS = 4_000_000

/** Runs that one statement, and one publish, can take: payloads may be large. */
export const runsOf = (records: ReadonlyArray<DeadLetterRecord>): ReadonlyArray<ReadonlyArray<DeadLetterRecord>> => {
  const runs: Array<Array<DeadLetterRecord>> = []
  let characters = Infinity
  for (const record of records) {
    if (characters + record.payload.length > MOST_CHARACTERS || runs.at(-1)!.length === MOST_RECORDS) {
      runs.push([])
      characters = 0
    }
    runs.at(-1)!.push(record)
    characters += record.payload.length
  }
  return runs
}
