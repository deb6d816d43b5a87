import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect, Exit, Redacted } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { defaults, definitions, isSet, Settings, type SettingName } from "../../src/settings/Settings.ts"
import { settingsTable } from "../../src/settings/SettingsTable.ts"

const read = (env: Record<string, string>) => Settings.read.pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(env))))

const problems = (env: Record<string, string>) => Effect.map(Effect.flip(read(env)), (error) => error.message.split("\n"))

describe("Settings", () => {
  it.effect("need nothing: every default can be used", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* read({}), defaults)
      assert.strictEqual(defaults.PORT, 8080)
      assert.deepStrictEqual(defaults.BATCH_TIMEOUT, Duration.millis(250))
      assert.isFalse(isSet(defaults.DATABASE_URL))
    }),
  )

  it.effect("take what the environment gives, without the space around it; empty means the default", () =>
    Effect.gen(function* () {
      const values = yield* read({
        PORT: " 0 ",
        BATCH_TIMEOUT: "0.25",
        AGGREGATE_EVERY: "5 minutes",
        LOG_LEVEL: "WARN",
        BLUESKY_SAMPLE: "1e-2",
        HN_API_URL: "http://127.0.0.1:9000/",
        ALLOWED_HOSTS: "Example.org, [::1]:8080,",
        JWT_SECRET: "k".repeat(32),
        HOST: "   ",
      })
      assert.strictEqual(values.PORT, 0)
      assert.deepStrictEqual(values.BATCH_TIMEOUT, Duration.millis(250))
      assert.deepStrictEqual(values.AGGREGATE_EVERY, Duration.minutes(5))
      assert.strictEqual(values.LOG_LEVEL, "warn")
      assert.strictEqual(values.BLUESKY_SAMPLE, 0.01)
      assert.strictEqual(values.HN_API_URL, "http://127.0.0.1:9000")
      assert.deepStrictEqual(values.ALLOWED_HOSTS, ["example.org", "[::1]:8080"])
      assert.strictEqual(Redacted.value(values.JWT_SECRET), "k".repeat(32))
      assert.strictEqual(values.HOST, "127.0.0.1")
    }),
  )

  const bad: ReadonlyArray<readonly [SettingName, string, string]> = [
    ["PORT", "54x2", 'PORT is "54x2": a port is a number from 1 to 65535, or 0 for any free one'],
    ["PORT", "65536", 'PORT is "65536": a port is a number from 1 to 65535, or 0 for any free one'],
    ["PORT", "-1", 'PORT is "-1": a port is a number from 1 to 65535, or 0 for any free one'],
    ["PORT", "80.5", 'PORT is "80.5": a port is a number from 1 to 65535, or 0 for any free one'],
    ["PORT", "80\n81", 'PORT is "80\\n81": a port is a number from 1 to 65535, or 0 for any free one'],
    ["BATCH_SIZE", "0", 'BATCH_SIZE is "0": a whole number from 1 to 5000'],
    ["BATCH_SIZE", "1e3", 'BATCH_SIZE is "1e3": a whole number from 1 to 5000'],
    ["BLUESKY_SAMPLE", "two", 'BLUESKY_SAMPLE is "two": a number from 0.0001 to 1'],
    ["BLUESKY_SAMPLE", "0x1", 'BLUESKY_SAMPLE is "0x1": a number from 0.0001 to 1'],
    ["BLUESKY_SAMPLE", "NaN", 'BLUESKY_SAMPLE is "NaN": a number from 0.0001 to 1'],
    ["LOG_LEVEL", "loud", 'LOG_LEVEL is "loud": one of trace, debug, info, warn, error, fatal, none'],
    ["HN_API_URL", "ftp://me:hidden@example.org", 'HN_API_URL is "ftp://…@example.org": a URL that begins with http:// or https://'],
    ["HN_API_URL", "http://", 'HN_API_URL is "http://": a URL that begins with http:// or https://'],
    [
      "BLUESKY_JETSTREAM_URL",
      "wss://a.example,https://b.example",
      'BLUESKY_JETSTREAM_URL is "wss://a.example,https://b.example": URLs that begin with ws:// or wss://, comma-separated',
    ],
    [
      "ALLOWED_HOSTS",
      "http://example.org/x",
      'ALLOWED_HOSTS is "http://example.org/x": host names or host:port, comma-separated, without a scheme or path',
    ],
    [
      "TRUSTED_PROXIES",
      "proxy.example",
      'TRUSTED_PROXIES is "proxy.example": IP addresses or networks such as 10.0.0.0/8, the rest of the address zero, comma-separated',
    ],
    [
      "TRUSTED_PROXIES",
      "10.0.0.1/8",
      'TRUSTED_PROXIES is "10.0.0.1/8": IP addresses or networks such as 10.0.0.0/8, the rest of the address zero, comma-separated',
    ],
    [
      "TRUSTED_PROXIES",
      "10.0.0.0/33",
      'TRUSTED_PROXIES is "10.0.0.0/33": IP addresses or networks such as 10.0.0.0/8, the rest of the address zero, comma-separated',
    ],
    [
      "TRUSTED_PROXIES",
      "10.0.0.1 10.0.0.2",
      'TRUSTED_PROXIES is "10.0.0.1 10.0.0.2": IP addresses or networks such as 10.0.0.0/8, the rest of the address zero, comma-separated',
    ],
    [
      "AGGREGATE_EVERY",
      "0",
      'AGGREGATE_EVERY is "0": a length of time from 1s to 1h such as "250 millis", "30 seconds", "5 minutes", or a number of seconds',
    ],
    [
      "BATCH_TIMEOUT",
      "soon",
      'BATCH_TIMEOUT is "soon": a length of time from 1ms to 1m such as "250 millis", "30 seconds", "5 minutes", or a number of seconds',
    ],
    ["POSTGRES_PASSWORD", "ChangeMe", "POSTGRES_PASSWORD is set, but cannot be used: any text, but not changeme"],
    [
      "REDIS_URL",
      "redis://:changeme@redis:6379",
      "REDIS_URL is set, but cannot be used: a URL such as redis://:password@host:port, without a database, but not changeme",
    ],
    ["JWT_SECRET", "short hidden", "JWT_SECRET is set, but cannot be used: at least 32 characters, but not changeme"],
    [
      "DATABASE_URL",
      "mysql://me:hidden@host/db",
      "DATABASE_URL is set, but cannot be used: a URL such as postgresql://user:password@host:port/database, but not changeme",
    ],
  ]
  it.effect.each(bad)("%s: one clear line for %j", ([name, value, line]) =>
    Effect.map(problems({ [name]: value }), (lines) => {
      assert.deepStrictEqual(lines, [line])
      assert.notInclude(lines[0]!, "hidden")
    }),
  )

  it.effect("tell all that is wrong at once, one line each, cut where the value is long", () =>
    Effect.gen(function* () {
      const lines = yield* problems({ PORT: "x", HOST: "ok", BATCH_SIZE: "y", HN_API_URL: "z".repeat(100_000) })
      assert.deepStrictEqual(
        lines.map((line) => line.split(" ")[0]),
        ["PORT", "BATCH_SIZE", "HN_API_URL"],
      )
      assert.isTrue(lines.every((line) => line.length < 400))
    }),
  )

  it.effect("refuse nonsense in every setting that is not free text", () =>
    Effect.forEach(Object.entries(definitions), ([name, { may }]) =>
      Effect.map(Effect.exit(read({ [name]: "\u0001 ?? //" })), (exit) =>
        assert.strictEqual(Exit.isSuccess(exit), may.startsWith("any text"), `${name} takes nonsense`),
      ),
    ),
  )

  it("show no secret when they are printed", () => {
    const values = Effect.runSync(read({ DATABASE_URL: "postgresql://me:hidden@host/db", JWT_SECRET: "hidden".repeat(8) }))
    assert.notInclude(JSON.stringify(values), "hidden")
    assert.notInclude(String(values.DATABASE_URL), "hidden")
  })
})

const page = new URL("../../../../docs/configuration.md", import.meta.url)
const [begin, end] = ["<!-- settings: made from packages/domain/src/settings/Settings.ts -->", "<!-- end of settings -->"]

it("docs/configuration.md lists every setting as it is (UPDATE_DOCS=1 writes it)", () => {
  const before = readFileSync(page, "utf8")
  const [from, to] = [before.indexOf(begin) + begin.length, before.indexOf(end)]
  assert.isTrue(from >= begin.length && to > from, "the page has lost the marks around its table")
  const after = `${before.slice(0, from)}\n\n${settingsTable()}\n\n${before.slice(to)}`
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(page, after)
  else assert.strictEqual(before, after, "run: UPDATE_DOCS=1 npm test -- --project domain")
})
