import { type Context, Effect } from "effect"
import kafkajs, { type logCreator } from "kafkajs"

/**
 * kafkajs's lines in our log. What it calls an error it mostly tries again by itself; a single request that is refused, as in every
 * rebalance, is worth no line.
 */
export const make = (context: Context.Context<never>): logCreator => {
  const run = Effect.runForkWith(context)
  return () =>
    ({ level, namespace, log }) => {
      const { message, error, broker, groupId } = log as { message: string; error?: unknown; broker?: unknown; groupId?: unknown }
      const about = Object.entries({ broker, groupId, error }).flatMap(([name, value]) =>
        typeof value === "string" ? [`${name} ${value.slice(0, 300)}`] : [],
      )
      const line = `Kafka ${namespace}: ${[message.slice(0, 500), ...about].join(", ")}`
      run(level === kafkajs.logLevel.ERROR && !message.startsWith("Response ") ? Effect.logInfo(line) : Effect.logDebug(line))
    }
}
