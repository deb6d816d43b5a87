import type { KafkaConnection } from "../KafkaOptions.ts"
import { KafkaError } from "../KafkaDriver.ts"

const chain = (error: unknown): ReadonlyArray<Error & { readonly code?: unknown; readonly type?: unknown }> => {
  const found: Array<Error> = []
  for (let at = error; at instanceof Error && found.length < 8; at = at.cause) found.push(at)
  return found
}

/** The protocol's name of what went wrong, e.g. `REBALANCE_IN_PROGRESS`. */
export const typeOf = (error: unknown): string | undefined =>
  chain(error).flatMap(({ type }) => (typeof type === "string" ? [type] : []))[0]

const clip = (text: string) => text.slice(0, 500)

/** Says what happened and what to do; never a password. */
export const kafkaError =
  (about: string, { brokers, ssl, sasl }: KafkaConnection) =>
  (cause: unknown): KafkaError => {
    const errors = chain(cause)
    const deepest = errors.at(-1)?.message ?? String(cause)
    const has = (name: string) => errors.some((error) => error.name === name)
    const where = brokers.join(",")
    if (has("KafkaJSSASLAuthenticationError"))
      return new KafkaError({
        message: `${about}: Kafka at ${where} refused user ${JSON.stringify(sasl?.username ?? "")} (${sasl?.mechanism ?? "no mechanism"}): check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM: ${clip(deepest)}`,
        cause,
      })
    if (has("KafkaJSConnectionError") || has("KafkaJSConnectionClosedError") || has("KafkaJSRequestTimeoutError"))
      return new KafkaError({
        message: `${about}: no usable answer from KAFKA_BOOTSTRAP_SERVERS (${where}): ${clip(deepest)}. Is Kafka running there, and ${
          ssl === true ? "does it speak TLS (KAFKA_SSL is true)" : "without TLS (KAFKA_SSL is false)"
        }${sasl === undefined ? ", and does it ask for no sign-in (KAFKA_SASL_MECHANISM is none)" : ""}?`,
        cause,
      })
    return new KafkaError({ message: `${about}: ${clip(deepest)}`, cause })
  }
