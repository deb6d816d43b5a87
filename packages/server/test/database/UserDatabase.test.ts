import { assert, describe, it } from "@effect/vitest"
import * as PgClient from "@effect/sql-pg/PgClient"
import { Deferred, Effect, Fiber } from "effect"
import { ServerAddress } from "../../src/Server.ts"
import { ask, layer, signIn } from "../TestServer.ts"

describe("a crowd of users", () => {
  it.live("makes neither the pipeline nor /ready wait, and is told to come again", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const { url, bearer } = yield* signIn
      const { metricsPort } = yield* ServerAddress
      const [held, done] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const slow = yield* Effect.forkChild(
        sql.withTransaction(
          sql`lock table signals in access exclusive mode`.pipe(
            Effect.andThen(Deferred.succeed(held, undefined)),
            Effect.andThen(Deferred.await(done)),
          ),
        ),
      )
      yield* Deferred.await(held)
      const request = ask(`${url}/api/v1/signals?sort=hot&page_size=200`, { headers: bearer })
      const crowd = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 40 }, () => request),
          { concurrency: "unbounded" },
        ),
      )
      const waiting = sql<{
        n: number
      }>`select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      yield* Effect.repeat(waiting, { until: ([row]) => row!.n === 4 }).pipe(Effect.timeout("4 seconds"))
      for (const ready of [`${url}/ready`, `http://127.0.0.1:${metricsPort}/ready`]) assert.strictEqual((yield* ask(ready)).status, 200)
      // As many as the pipeline's pool has beside the one that holds the lock.
      yield* Effect.all(
        Array.from({ length: 9 }, () => sql`select pg_sleep(0.01)`),
        { concurrency: "unbounded" },
      ).pipe(Effect.timeout("4 seconds"))
      assert.deepStrictEqual([...new Set((yield* Fiber.join(crowd)).map(({ status }) => status))], [503])
      yield* Deferred.succeed(done, undefined)
      yield* Fiber.join(slow)
      assert.strictEqual((yield* request).status, 200)
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )

  it.live("is given the hottest of the last day from an index, however much is older", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      yield* sql`insert into signals (id, platform, kind, title, body, permalink, published_at, observed_at, received_at, counted_at, meta, keywords, entities, topics,
          text_hash, model, trending_score, is_trending, heat)
        select 'bluesky:' || n, 'bluesky', 'post', '', 'Text ' || n, '', at, at, at, at, '{}', '{}', '{}', '{}', '', 1, 0, false, random()
        from generate_series(1, 20000) n, lateral (select now() - n * interval '1 minute' as at) t`
      yield* sql`vacuum (analyze) signals`
      const plan = yield* sql<
        Record<string, string>
      >`explain select * from signals where not hidden and counted_at >= now() - interval '24 hours'
        order by heat desc, id desc limit 201`
      assert.include(JSON.stringify(plan), "signals_hot")
      assert.notInclude(JSON.stringify(plan), "Sort")
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )
})
