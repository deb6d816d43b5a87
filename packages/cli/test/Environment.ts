import { Effect, Redacted } from "effect"
import * as TestPostgres from "../../platform/test/TestPostgres.ts"

/** The environment of a program that reads Hacker News and Bluesky of the simulator at `url`, on ports and a database of its own. */
export const environment = (dataDirectory: string, url: string, hours: number): NodeJS.ProcessEnv => ({
  ...process.env,
  DATA_DIR: dataDirectory,
  DATABASE_URL: "",
  PORT: "0",
  METRICS_PORT: "0",
  HN_API_URL: url,
  HN_SEARCH_URL: url,
  BLUESKY_JETSTREAM_URL: url.replace("http", "ws"),
  BLUESKY_SAMPLE: "1",
  BLUESKY_LANGUAGES: "all",
  WARM_START_HOURS: String(hours),
  AGGREGATE_EVERY: "2 seconds",
  LOG_LEVEL: "error",
})

/** The settings with which a program finds the test's database. */
export const ofDatabase = Effect.map(TestPostgres.TestPostgres, ({ host, port, database, username, password }) => ({
  POSTGRES_HOST: host,
  POSTGRES_PORT: String(port),
  POSTGRES_DB: database,
  POSTGRES_USER: username,
  POSTGRES_PASSWORD: Redacted.value(password),
  LOG_LEVEL: "error",
}))
