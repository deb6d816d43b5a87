import { Config, Context, Effect, Layer, Option, Redacted, Schema } from "effect"
import {
  duration,
  hosts,
  integer,
  level,
  networks,
  number,
  oneOf,
  port,
  secret,
  type Setting,
  socketUrls,
  text,
  url,
} from "./SettingKinds.ts"

const isLongKey = (raw: string) => raw.length >= 32

/** Every environment variable that SignalFlow reads. `docs/configuration.md` is generated from this table. */
export const definitions = {
  HOST: text("127.0.0.1", "Address the web server and the metrics listen on"),
  PORT: port(8080, "Port of the web server: dashboard, API, WebSocket"),
  METRICS_PORT: port(8000, "Port of /metrics for Prometheus, and of /health and /ready of a service that is no web server"),
  DLQ_PORT: port(8001, "Port of the dead-letter API"),
  ALLOWED_HOSTS: hosts("", "Host names that requests may carry, comma-separated; empty = 127.0.0.1, localhost and [::1] with PORT"),
  TRUSTED_PROXIES: networks(
    "",
    "Proxies whose X-Forwarded-For or Forwarded says who asks; empty = none, and the header counts for nothing",
  ),
  CONNECTIONS_PER_ADDRESS: integer(
    2_048,
    16,
    65_536,
    "Connections that one address may hold at the web server; TRUSTED_PROXIES are not counted",
  ),
  DATA_DIR: text(".signalflow", "Where the embedded database and this instance's secrets live"),
  DATABASE_URL: secret(
    "PostgreSQL to use; empty = the embedded one",
    "a URL such as postgresql://user:password@host:port/database",
    (raw) => /^postgres(ql)?:\/\//.test(raw) && URL.canParse(raw),
  ),
  POSTGRES_HOST: text("", "Host of the PostgreSQL to use, where DATABASE_URL is not set; empty = the embedded one"),
  POSTGRES_PORT: port(5432, "Its port"),
  POSTGRES_DB: text("signalflow", "Its database"),
  POSTGRES_USER: text("signalflow", "User at it"),
  POSTGRES_PASSWORD: secret("Password at it"),
  POSTGRES_SSLMODE: oneOf(
    "disable",
    ["disable", "require", "verify-full"],
    "TLS to PostgreSQL: none, without a look at its certificate, or checked against POSTGRES_SSLROOTCERT",
  ),
  POSTGRES_SSLROOTCERT: text("", "File with the certificates that verify-full trusts; empty = those of the system"),
  POSTGRES_REPLICA_HOST: text("", "Host of a read replica of the same database; empty = none"),
  POSTGRES_REPLICA_PORT: port(5432, "Its port"),
  REPLICA_MAX_LAG: duration("5 seconds", "How far behind a replica may be that still answers reads", "100 millis", "1 hour"),
  REDIS_URL: secret(
    "Redis to use for velocities and the live feed (databases 0 and 2); empty = in this process",
    "a URL such as redis://:password@host:port, without a database",
    (raw) => /^rediss?:\/\/[^/]+\/?$/.test(raw) && URL.canParse(raw),
  ),
  DATABASE_POOL: integer(10, 4, 200, "Connections to PostgreSQL; leases hold one each"),
  DATABASE_STATEMENT_TIMEOUT: duration("30 seconds", "Longest that one statement may run", "1 second", "1 hour"),
  KAFKA_BOOTSTRAP_SERVERS: hosts("", "Kafka brokers to use as the bus, host:port, comma-separated; empty = the embedded bus"),
  KAFKA_CLIENT_ID: text("signalflow", "Name by which Kafka knows this program"),
  KAFKA_CLIENT: oneOf(
    "platformatic",
    ["platformatic", "kafkajs"],
    "Kafka library, @platformatic/kafka or kafkajs; both keep the same guarantees",
  ),
  KAFKA_SSL: oneOf("false", ["true", "false"], "Whether to speak TLS to the brokers"),
  KAFKA_SASL_MECHANISM: oneOf("none", ["none", "plain", "scram-sha-256", "scram-sha-512"], "How to sign in to the brokers"),
  KAFKA_SASL_USERNAME: text("", "User at the brokers"),
  KAFKA_SASL_PASSWORD: secret("Password at the brokers"),
  LOG_LEVEL: level("info", "Least severe log line that is written"),
  LOG_FORMAT: oneOf("pretty", ["pretty", "json"], "Shape of log lines"),
  BATCH_SIZE: integer(500, 1, 5_000, "Most signals that are processed in one transaction"),
  BATCH_TIMEOUT: duration("250 millis", "Longest that a signal waits for its batch to fill", "1 millis", "1 minute"),
  BUS_MIN_AGE: duration("1 minute", "How long a message stays on the embedded bus after every group has acknowledged it", 0, "3 days"),
  HN_API_URL: url("https://hacker-news.firebaseio.com", "Hacker News Firebase API"),
  HN_SEARCH_URL: url("https://hn.algolia.com", "Hacker News search, for history"),
  BLUESKY_JETSTREAM_URL: socketUrls(
    "wss://jetstream.us-east.bsky.network,wss://jetstream.us-west.bsky.network",
    "Jetstream hosts, tried in turn",
  ),
  BLUESKY_SAMPLE: number(0.05, 0.0001, 1, "Share of Bluesky authors that is read, 0–1; the same authors always"),
  BLUESKY_LANGUAGES: text("en", "Languages that are read, comma-separated, or all"),
  BLUESKY_ENGAGEMENT: oneOf("on", ["on", "off"], "Whether likes, reposts and replies of Bluesky posts are counted"),
  REDDIT_CLIENT_ID: text("", "Id of the Reddit application; empty = Reddit is off"),
  REDDIT_CLIENT_SECRET: secret("Secret of the Reddit application; empty = Reddit is off"),
  REDDIT_USER_AGENT: text("node:signalflow:1.0", "How requests to Reddit name themselves: platform:app:version (by /u/name)"),
  REDDIT_API_URL: url("https://oauth.reddit.com", "Reddit's data API"),
  REDDIT_AUTH_URL: url("https://www.reddit.com", "Where Reddit gives access tokens"),
  REDDIT_SUBREDDIT_LIMIT: integer(5, 1, 100, "Popular subreddits that discovery looks at"),
  REDDIT_POSTS_PER_SUBREDDIT: integer(10, 1, 100, "Posts of each that discovery reads"),
  REDDIT_COMMENT_LIMIT: integer(20, 0, 500, "Comments that are read of one Reddit post; 0 = none"),
  REDDIT_POST_SORT: oneOf("hot", ["hot", "new", "top", "rising"], "Order in which discovery reads posts"),
  TOPIC_REDDIT_SUBMISSIONS: text("reddit.submissions", "Topic of the posts that discovery publishes"),
  TOPIC_REDDIT_COMMENTS: text("reddit.comments", "Topic of the comments that discovery publishes"),
  YOUTUBE_API_KEY: secret("Key of the YouTube Data API v3; empty = YouTube is off"),
  YOUTUBE_API_URL: url("https://www.googleapis.com", "YouTube Data API"),
  YOUTUBE_DAILY_UNITS: integer(10_000, 1, 100_000_000, "Units a day that the YouTube key may spend; they are spread over the Pacific day"),
  YOUTUBE_DAILY_SEARCHES: integer(100, 1, 1_000_000, "Searches a day that the YouTube key may make, a budget of their own"),
  WARM_START_HOURS: integer(72, 0, 168, "Hours of history that a first start loads; 0 = none"),
  INGESTION_SHARD_ID: integer(0, 0, 1_000, "Which sources this ingest program reads: those whose configuration names the same shard"),
  SCHEDULER_CONFIG_POLL_S: integer(60, 1, 3_600, "Seconds until a change of sources made elsewhere takes effect"),
  PRIORITY_AGGRESSIVE_MINS: integer(5, 1, 1_440, "Age in minutes up to which a post is refreshed aggressively"),
  PRIORITY_NORMAL_MINS: integer(60, 1, 10_080, "Age in minutes up to which a post is refreshed normally"),
  PRIORITY_SLOW_MINS: integer(1_440, 1, 43_200, "Age in minutes up to which a post is refreshed at all"),
  REFRESH_AGGRESSIVE_MINS: integer(5, 1, 1_440, "Minutes between refreshes of the newest posts"),
  REFRESH_NORMAL_MINS: integer(30, 1, 1_440, "Minutes between refreshes of posts of normal age"),
  REFRESH_SLOW_MINS: integer(120, 1, 1_440, "Minutes between refreshes of old posts"),
  TRENDING_VELOCITY_HIGH: number(50, 0, 1e6, "Score per second above which a post scores +0.4"),
  TRENDING_VELOCITY_LOW: number(10, 0, 1e6, "Score per second above which a post scores +0.2"),
  TRENDING_SENTIMENT_MIN: number(0.5, 0, 1, "Absolute sentiment above which a post scores +0.2"),
  TRENDING_COMMENT_MIN: integer(100, 0, 1_000_000, "Comments above which a post scores +0.2"),
  AGGREGATE_EVERY: duration("60 seconds", "Time between two aggregations", "1 second", "1 hour"),
  RETENTION_DAYS: integer(90, 1, 3_650, "Days that signals are kept"),
  RATE_LIMIT: integer(100, 1, 100_000, "Requests a minute that one user may make"),
  AUTHOR_HASH_SECRET: secret(
    "Key that names of removed authors are hashed with; never change it; empty = made at first start and kept as JWT_SECRET is",
    "at least 32 characters",
    isLongKey,
  ),
  JWT_SECRET: secret(
    "Key that signs access tokens; empty = made at first start and kept in DATA_DIR/keys, with a PostgreSQL of yours in the database",
    "at least 32 characters",
    isLongKey,
  ),
  JWT_SECRET_PREVIOUS: secret(
    "The JWT_SECRET before this one: tokens that it signed stay good while you change it; empty = none",
    "at least 32 characters",
    isLongKey,
  ),
} satisfies Record<string, Setting<unknown>>

type Definitions = typeof definitions
export type SettingName = keyof Definitions
export type SettingValues = { readonly [K in SettingName]: Definitions[K] extends Setting<infer A> ? A : never }

/** A setting that cannot be used. The message names the variable, what it holds and what it may hold. */
export class SettingsError extends Schema.TaggedError<SettingsError>()("SettingsError", { problems: Schema.Array(Schema.String) }) {
  override get message(): string {
    return this.problems.join("\n")
  }
}

/** What was given, on one line and without the password of a URL. */
const shown = (raw: string) => JSON.stringify(raw.replace(/\/\/[^/@\s]*@/g, "//…@").slice(0, 200))

/** The settings of this process, read once at its start from the environment (and `.env`). */
export class Settings extends Context.Service<Settings, SettingValues>()("@signalflow/domain/settings/Settings") {
  static readonly read: Effect.Effect<SettingValues, SettingsError> = Effect.gen(function* () {
    const values: Record<string, unknown> = {}
    const problems: Array<string> = []
    for (const [name, setting] of Object.entries(definitions) as ReadonlyArray<[string, Setting<unknown>]>) {
      const given = Option.getOrUndefined(
        yield* Config.option(Config.String(name)).pipe(
          Effect.catch((cause) => new SettingsError({ problems: [`${name} cannot be read: ${cause.message}`] })),
        ),
      )
      const raw = given === undefined || given.trim() === "" ? setting.default : given.trim()
      const parsed = setting.parse(raw)
      if (parsed._tag === "Some") values[name] = parsed.value
      else problems.push(`${name} is ${setting.secret ? "set, but cannot be used" : shown(raw)}: ${setting.may}`)
    }
    if (problems.length > 0) return yield* new SettingsError({ problems })
    return values as SettingValues
  })

  static readonly layer = Layer.effect(Settings, Settings.read)

  /** Defaults, with some of them replaced: for tests and embedded use. */
  static readonly layerWith = (overrides: Partial<SettingValues> = {}) => Layer.sync(Settings, () => ({ ...defaults, ...overrides }))
}

export const defaults: SettingValues = Object.fromEntries(
  (Object.entries(definitions) as ReadonlyArray<[string, Setting<unknown>]>).map(([name, setting]) => [
    name,
    Option.getOrThrow(setting.parse(setting.default)),
  ]),
) as SettingValues

/** Whether a secret setting was given. */
export const isSet = (value: Redacted.Redacted): boolean => Redacted.value(value) !== ""
