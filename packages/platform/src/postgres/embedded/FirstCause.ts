const CAUSE = /\b(PANIC|FATAL|ERROR|initdb: error|error while loading)\b/

/** What PostgreSQL complained of first, of several lines; the last lines are about what followed from it. */
export const firstCause = (said: string): string => {
  const lines = said
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
  const first = lines.find((line) => CAUSE.test(line)) ?? lines.slice(-6).join(" ")
  // The time and the process are the log's, not the reader's.
  return first === "" ? "it said nothing" : first.replace(/^\d{4}-\d\d-\d\d [\d:.]+ \S+ \[\d+\] /, "").slice(0, 500)
}
