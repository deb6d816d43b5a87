import { type Context, Effect } from "effect"
import kafkajs, { type logCreator } from "kafkajs"

const QUIET_MS = 10_000
const MOST_KNOWN = 200

/** A line that was written a moment ago is not written again; it tells how many were left out. */
export const makeOften = () => {
  const known = new Map<string, { readonly at: number; left: number }>()
  return (line: string, now: number): string | null => {
    const last = known.get(line)
    if (last !== undefined && now - last.at < QUIET_MS) {
      last.left++
      return null
    }
    known.delete(line)
    if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value!)
    known.set(line, { at: now, left: 0 })
    return last === undefined || last.left === 0 ? line : `${line} (and ${last.left} times since it was last said)`
  }
}

/**
 * kafkajs's lines in our log. What it calls an error it mostly retries by itself; a single request that is refused, as in every
 * rebalance, is worth no line.
 */
export const make = (context: Context.Context<never>): logCreator => {
  const run = Effect.runForkWith(context)
  const often = makeOften()
  return () =>
    ({ level, namespace, log }) => {
      const { message, error, broker, groupId } = log as { message: string; error?: unknown; broker?: unknown; groupId?: unknown }
      const about = Object.entries({ broker, groupId, error }).flatMap(([name, value]) =>
        typeof value === "string" ? [`${name} ${value.slice(0, 300)}`] : [],
      )
      const line = `Kafka ${namespace}: ${[message.slice(0, 500), ...about].join(", ")}`
      const told = level === kafkajs.logLevel.ERROR && !message.startsWith("Response ") ? often(line, performance.now()) : null
      run(told === null ? Effect.logDebug(line) : Effect.logInfo(told))
    }
}
