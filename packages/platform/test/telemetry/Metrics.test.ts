import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Metrics } from "../../src/telemetry/Metrics.ts"

const values = (text: string) =>
  new Map(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))] as const),
  )

const rendered = Effect.gen(function* () {
  return values(yield* (yield* Metrics).render)
})

describe("Metrics", () => {
  it.effect("counts what each stage received, sent, dropped and failed, by platform and reason", () =>
    Effect.gen(function* () {
      const { count } = yield* Metrics
      count("ingest", "received", "hackernews", 500)
      count("ingest", "received", "hackernews", 20)
      count("process", "dropped", "bluesky", 3, "stale")
      count("serve", "failed", "bluesky", 0, "never")
      const found = yield* rendered
      assert.strictEqual(found.get('signalflow_ingest_received_total{platform="hackernews",reason=""}'), 520)
      assert.strictEqual(found.get('signalflow_process_dropped_total{platform="bluesky",reason="stale"}'), 3)
      assert.isFalse([...found.keys()].some((name) => name.includes("never")))
    }).pipe(Effect.provide(Metrics.layerTest)),
  )

  it.effect("tells the same facts under the names that older dashboards read", () =>
    Effect.gen(function* () {
      const metrics = yield* Metrics
      metrics.batch("ok", 0.02)
      metrics.poll(0.003)
      metrics.poll(0.003)
      metrics.consumed("reddit.posts.raw", 12)
      metrics.deadLetters(2)
      metrics.velocityCache(99)
      metrics.pool(10, 4)
      const found = yield* rendered
      assert.deepStrictEqual(
        [
          'reddit_processor_messages_total{topic="reddit.posts.raw"}',
          'reddit_processor_batches_total{status="ok"}',
          "reddit_processor_dlq_messages_total",
          "reddit_processor_batch_flush_seconds_count",
          "reddit_processor_kafka_poll_seconds_count",
          "reddit_processor_velocity_cache_size",
          "reddit_processor_db_pool_available",
          "signalflow_process_batch_flush_seconds_sum",
          "signalflow_velocity_cache_size",
        ].map((name) => found.get(name)),
        [12, 1, 2, 1, 2, 99, 6, 0.02, 99],
      )
    }).pipe(Effect.provide(Metrics.layerTest)),
  )

  it.effect("a source is in one state at a time", () =>
    Effect.gen(function* () {
      const { sourceState } = yield* Metrics
      sourceState("hackernews", "items", "live")
      sourceState("hackernews", "items", "degraded")
      sourceState("feed", "https://example.org/a b", "live")
      const found = yield* rendered
      assert.deepStrictEqual(
        ["live", "degraded", "off"].map((state) =>
          found.get(`signalflow_source_state{platform="hackernews",target="items",state="${state}"}`),
        ),
        [0, 1, 0],
      )
      assert.strictEqual(found.get('signalflow_source_state{platform="feed",target="https_example.org_a_b",state="live"}'), 1)
    }).pipe(Effect.provide(Metrics.layerTest)),
  )

  it.effect("labels stay few, whatever is put into them", () =>
    Effect.gen(function* () {
      const { count } = yield* Metrics
      for (let i = 0; i < 1000; i++) count("ingest", "dropped", `p${i}`, 1, "bad")
      count("ingest", "dropped", "hackernews", 1, 'Unexpected token "x" in JSON')
      const found = [...(yield* rendered)].filter(([name]) => name.startsWith("signalflow_ingest_dropped_total"))
      assert.isAtMost(found.length, 34)
      assert.strictEqual(
        found.reduce((sum, [, n]) => sum + n, 0),
        1001,
      )
      assert.isTrue(found.some(([name]) => name.includes('reason="other"')))
    }).pipe(Effect.provide(Metrics.layerTest)),
  )

  it.effect("each layer has a registry of its own; the process's metrics are beside it", () =>
    Effect.gen(function* () {
      const build = Effect.gen(function* () {
        const metrics = yield* Metrics
        metrics.liveClients(3)
        return yield* rendered
      }).pipe(Effect.provide(Metrics.layer))
      const [first, second] = [yield* build, yield* build]
      assert.strictEqual(first.get("signalflow_live_clients"), 3)
      assert.strictEqual(second.get("signalflow_live_clients"), 3)
      assert.isAbove(second.get("process_resident_memory_bytes") ?? 0, 1e6)
    }),
  )
})
