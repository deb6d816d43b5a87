import { KafkaError } from "./KafkaDriver.ts"
import type { KafkaConnection } from "./KafkaOptions.ts"

export interface Problem {
  readonly kind: KafkaError["kind"]
  readonly message: string
  readonly cause: unknown
}

const clip = (text: string) => text.slice(0, 500)

/** Says what happened and what to do; never a password. */
export const kafkaProblem =
  (find: (cause: unknown) => Problem, { brokers, ssl, sasl }: KafkaConnection) =>
  (about: string) =>
  (thrown: unknown): KafkaError => {
    const { kind, message, cause } = find(thrown)
    const where = brokers.join(",")
    if (kind === "refused")
      return new KafkaError({
        kind,
        message: `${about}: Kafka at ${where} refused user ${JSON.stringify(sasl?.username ?? "")} (${sasl?.mechanism ?? "no mechanism"}): check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM: ${clip(message)}`,
        cause,
      })
    if (kind === "unreachable")
      return new KafkaError({
        kind,
        message: `${about}: no usable answer from KAFKA_BOOTSTRAP_SERVERS (${where}): ${clip(message)}. Is Kafka running there, and ${
          ssl === true ? "does it speak TLS (KAFKA_SSL is true)" : "without TLS (KAFKA_SSL is false)"
        }${sasl === undefined ? ", and does it ask for no sign-in (KAFKA_SASL_MECHANISM is none)" : ""}?`,
        cause,
      })
    return new KafkaError({ kind, message: `${about}: ${clip(message)}`, cause })
  }
