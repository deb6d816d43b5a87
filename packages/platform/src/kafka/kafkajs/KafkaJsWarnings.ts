/** Node 24 warns of a negative delay that kafkajs gives its timer and that both take for none: nothing for anybody's log. */
export const quietTimers = (): void => {
  const { emitWarning } = process
  const quiet = (warning: string | Error, ...rest: ReadonlyArray<unknown>) =>
    rest[0] === "TimeoutNegativeWarning" ? undefined : (emitWarning as (...all: ReadonlyArray<unknown>) => void)(warning, ...rest)
  process.emitWarning = quiet as typeof process.emitWarning
}
