import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { Reads } from "@signalflow/platform/postgres/replica/Reads"
import * as TestPostgres from "../../../platform/test/TestPostgres.ts"
import { SourceQueries, type SourceRow, stateOf } from "../../src/sources/SourceQueries.ts"
import { insertSignals } from "../queries/SignalRows.ts"

const now = Date.UTC(2026, 0, 10, 12)
const row = (fields: Partial<SourceRow> = {}): SourceRow => ({
  platform: "bluesky",
  target: "stream",
  tier: "fast",
  interval_ms: null,
  active: true,
  shard: 0,
  held: true,
  state: "live",
  why: null,
  last_success: new Date(now),
  lag_ms: 3_000,
  quota_left: null,
  warm_start: null,
  at: new Date(now),
  ...fields,
})

const ago = (minutes: number) => new Date(now - minutes * 60_000)

describe("what a source is said to be", () => {
  it("what it reported, unless it is paused, has never reported, or reports no more", () => {
    assert.deepStrictEqual(stateOf(row(), now), { state: "live", why: null })
    assert.deepStrictEqual(stateOf(row({ state: "degraded", why: "429" }), now), { state: "degraded", why: "429" })
    assert.deepStrictEqual(stateOf(row({ active: false }), now), { state: "off", why: "paused" })
    assert.deepStrictEqual(stateOf(row({ shard: 2, held: false }), now), { state: "off", why: "no ingest program reads shard 2" })
    assert.deepStrictEqual(stateOf(row({ shard: 2, held: null }), now), { state: "off", why: "no ingest program reads shard 2" })
    assert.strictEqual(stateOf(row({ held: null }), now).state, "live")
    assert.deepStrictEqual(stateOf(row({ state: null, at: null }), now), { state: "off", why: "has not started yet" })
    assert.deepStrictEqual(stateOf(row({ at: ago(11), last_success: ago(12) }), now), {
      state: "degraded",
      why: "has not reported for 11 min",
    })
    assert.strictEqual(stateOf(row({ at: ago(11), last_success: ago(1) }), now).state, "live")
    assert.strictEqual(stateOf(row({ tier: "slow", at: ago(25), last_success: ago(25) }), now).state, "live")
    assert.strictEqual(stateOf(row({ state: "off", why: "no key", at: ago(100) }), now).state, "off")
  })
})

describe("the list of sources", () => {
  it.effect("has every target with its health and what its platform brought in the last hour", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      yield* sql`INSERT INTO source_configs (platform, target, tier) VALUES ('hackernews', 'all', 'fast'), ('bluesky', 'stream', 'fast')`
      yield* sql`INSERT INTO leases (name, token, holder, taken_at) VALUES ('ingest 0', 1, 'a test', now())`
      yield* sql`INSERT INTO lease_expiries (name, token, expires_at) VALUES ('ingest 0', 1, now() + interval '1 minute')`
      yield* sql`
        INSERT INTO source_health (platform, target, state, why, last_success, lag_ms, quota_left, warm_start, at)
        VALUES ('bluesky', 'stream', 'degraded', 'reconnecting', '1970-01-01 00:00Z', 1500, 9, 0.5, '1970-01-01 00:00Z')`
      yield* insertSignals([
        { id: "bluesky:1", at: -60_000 },
        { id: "bluesky:2", at: -3_540_000 },
        { id: "bluesky:3", at: -3_660_000 },
      ])
      const list = yield* (yield* SourceQueries).list
      assert.deepStrictEqual(list, [
        {
          platform: "bluesky",
          target: "stream",
          tier: "fast",
          active: true,
          state: "degraded",
          why: "reconnecting",
          lastSuccess: "1970-01-01T00:00:00.000Z",
          lagSeconds: 1.5,
          quotaLeft: 9,
          warmStart: 0.5,
          signalsLastHour: 2,
        },
        {
          platform: "hackernews",
          target: "all",
          tier: "fast",
          active: true,
          state: "off",
          why: "has not started yet",
          lastSuccess: null,
          lagSeconds: null,
          quotaLeft: null,
          warmStart: null,
          signalsLastHour: 0,
        },
      ])
    }).pipe(Effect.provide(SourceQueries.layer.pipe(Layer.provide(Reads.layerPrimary), Layer.provideMerge(TestPostgres.layer)))),
  )
})
