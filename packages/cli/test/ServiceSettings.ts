import type { SettingName } from "@signalflow/domain/settings/Settings"

const words = <const A extends ReadonlyArray<SettingName>>(...names: A) => names

/** What every service reads: where the servers are, how it signs in to them, what it says of itself. */
const common = words(
  "HOST",
  "METRICS_PORT",
  "ALLOWED_HOSTS",
  "LOG_LEVEL",
  "LOG_FORMAT",
  "POSTGRES_HOST",
  "POSTGRES_PORT",
  "POSTGRES_DB",
  "POSTGRES_USER",
  "POSTGRES_PASSWORD",
  "AUTHOR_HASH_SECRET",
  "DATABASE_POOL",
  "DATABASE_STATEMENT_TIMEOUT",
  "REDIS_URL",
  "KAFKA_BOOTSTRAP_SERVERS",
  "KAFKA_CLIENT",
  "KAFKA_CLIENT_ID",
  "TOPIC_REDDIT_SUBMISSIONS",
  "TOPIC_REDDIT_COMMENTS",
)

const access = words("JWT_SECRET", "JWT_SECRET_PREVIOUS", "RATE_LIMIT", "TRUSTED_PROXIES", "CONNECTIONS_PER_ADDRESS")

/** What each service of the fleet reads beside that. */
const own: Readonly<Record<string, ReadonlyArray<SettingName>>> = {
  migrate: [],
  ingest: words(
    "INGESTION_SHARD_ID",
    "HN_API_URL",
    "HN_SEARCH_URL",
    "BLUESKY_JETSTREAM_URL",
    "BLUESKY_SAMPLE",
    "BLUESKY_LANGUAGES",
    "BLUESKY_ENGAGEMENT",
    "REDDIT_CLIENT_ID",
    "REDDIT_CLIENT_SECRET",
    "REDDIT_USER_AGENT",
    "REDDIT_API_URL",
    "REDDIT_AUTH_URL",
    "REDDIT_SUBREDDIT_LIMIT",
    "REDDIT_POSTS_PER_SUBREDDIT",
    "REDDIT_COMMENT_LIMIT",
    "REDDIT_POST_SORT",
    "YOUTUBE_API_KEY",
    "YOUTUBE_API_URL",
    "YOUTUBE_DAILY_UNITS",
    "YOUTUBE_DAILY_SEARCHES",
    "WARM_START_HOURS",
    "SCHEDULER_CONFIG_POLL_S",
    "PRIORITY_AGGRESSIVE_MINS",
    "PRIORITY_NORMAL_MINS",
    "PRIORITY_SLOW_MINS",
    "REFRESH_AGGRESSIVE_MINS",
    "REFRESH_NORMAL_MINS",
    "REFRESH_SLOW_MINS",
    "RETENTION_DAYS",
  ),
  process: words(
    "BATCH_SIZE",
    "BATCH_TIMEOUT",
    "TRENDING_VELOCITY_HIGH",
    "TRENDING_VELOCITY_LOW",
    "TRENDING_SENTIMENT_MIN",
    "TRENDING_COMMENT_MIN",
  ),
  aggregate: words("AGGREGATE_EVERY", "RETENTION_DAYS"),
  serve: [...words("PORT", "POSTGRES_REPLICA_HOST", "POSTGRES_REPLICA_PORT", "REPLICA_MAX_LAG"), ...access],
  "dead-letters": [...words("DLQ_PORT"), ...access],
}

export const services: ReadonlyArray<string> = Object.keys(own)
export const needsOf = (service: string): ReadonlyArray<SettingName> => [...common, ...(own[service] ?? [])]

/** What a fleet of this file has no use for, and why. */
export const elsewhere: Readonly<Partial<Record<SettingName, string>>> = {
  DATABASE_URL: "POSTGRES_* name the server that the file starts",
  POSTGRES_SSLMODE: "that server is on an internal network",
  POSTGRES_SSLROOTCERT: "that server is on an internal network",
  KAFKA_SSL: "the brokers are on an internal network",
  KAFKA_SASL_MECHANISM: "the brokers are on an internal network",
  KAFKA_SASL_USERNAME: "the brokers are on an internal network",
  KAFKA_SASL_PASSWORD: "the brokers are on an internal network",
  BUS_MIN_AGE: "the bus is Kafka",
  DATA_DIR: "no service of a fleet keeps state",
}
