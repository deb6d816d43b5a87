/** The consumer groups of the bus: what each has not acknowledged is kept for it. */
export const groups = {
  /** Processing: reads, scores and stores signals. */
  process: "process",
  /** The service that stores dead letters. */
  deadLetters: "dead-letters",
} as const
