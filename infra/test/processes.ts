import type { ChildProcess } from "node:child_process"

/** The exit code of a process once it has ended; null where a signal ended it. */
export const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.once("exit", resolve))

/** Ends a process by a signal, and by SIGKILL when it has not ended so many milliseconds later. */
export const end = async (child: ChildProcess, signal: NodeJS.Signals, patience: number): Promise<number | null> => {
  child.kill(signal)
  // One that is stopped by SIGSTOP hears nothing else.
  child.kill("SIGCONT")
  const late = setTimeout(() => child.kill("SIGKILL"), patience)
  const code = await ended(child)
  clearTimeout(late)
  return code
}
