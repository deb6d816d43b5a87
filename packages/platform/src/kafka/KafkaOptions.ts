import type { BusTopic } from "@signalflow/domain/bus/BusTopic"
import type { SettingValues } from "@signalflow/domain/settings/Settings"
import type { Duration, Redacted } from "effect"

export interface KafkaSasl {
  readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512"
  readonly username: string
  readonly password: Redacted.Redacted
}

export interface KafkaConnection {
  readonly brokers: ReadonlyArray<string>
  /** Default `signalflow`. */
  readonly clientId?: string
  readonly ssl?: boolean
  readonly sasl?: KafkaSasl
}

export interface KafkaOptions extends KafkaConnection {
  /** Default `platformatic`. */
  readonly client?: "platformatic" | "kafkajs"
  /** Made, or found and verified, at start; others when they are first used. */
  readonly topics?: ReadonlyArray<BusTopic>
  /** How long a topic that is made here keeps its messages: by then a removed text is gone from it. Default 72 hours. */
  readonly retention?: Duration.Input
  /** Default: 3, or as many as there are brokers. */
  readonly replicas?: number
}

export const fromSettings = (settings: SettingValues): KafkaOptions => ({
  brokers: settings.KAFKA_BOOTSTRAP_SERVERS,
  clientId: settings.KAFKA_CLIENT_ID,
  client: settings.KAFKA_CLIENT,
  ssl: settings.KAFKA_SSL === "true",
  ...(settings.KAFKA_SASL_MECHANISM === "none"
    ? {}
    : {
        sasl: {
          mechanism: settings.KAFKA_SASL_MECHANISM,
          username: settings.KAFKA_SASL_USERNAME,
          password: settings.KAFKA_SASL_PASSWORD,
        },
      }),
})
