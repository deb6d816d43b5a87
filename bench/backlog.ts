import { PgClient } from "@effect/sql-pg/PgClient"
import { SignalConsumer, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import { trim } from "@signalflow/platform/postgres/bus/BusTrimming"
import { Duration, Effect, Stream } from "effect"
import { onBus, quantile, records, round, take, timed, topics } from "./bus.ts"
import type { Options, Result } from "./Bench.ts"

const GROUP = "bench"
const ACKNOWLEDGED = 20_000

/** Cleans up, and then keeps the server from doing so by itself: its CPU is that of what is measured. */
const quiet = Effect.gen(function* () {
  const sql = yield* PgClient
  yield* sql`ALTER SYSTEM SET autovacuum = off`
  yield* sql`SELECT pg_reload_conf()`
  while ((yield* sql`SELECT 1 FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'`).length > 0) yield* Effect.sleep("200 millis")
  yield* sql`VACUUM ANALYZE bus_messages`
  yield* sql`CHECKPOINT`
})

/** Median wall time and mean CPU of one run. */
const repeated = <A, E, R, E2 = never, R2 = never>(
  name: string,
  unread: number,
  times: number,
  effect: Effect.Effect<A, E, R>,
  before: Effect.Effect<unknown, E2, R2> = Effect.void,
) =>
  Effect.gen(function* () {
    const runs: Array<Effect.Success<ReturnType<typeof timed>>> = []
    for (let run = 0; run < times; run++) {
      yield* before
      runs.push(yield* timed(effect))
    }
    const walls = runs.map(({ ms }) => ms).sort((a, b) => a - b)
    const mean = (of: "nodeMs" | "postgresMs") => round(runs.reduce((sum, one) => sum + one[of], 0) / times)
    return {
      name,
      n: unread,
      data: `made-up signals, ${times} runs`,
      p50Ms: round(quantile(walls, 0.5)),
      p99Ms: round(walls.at(-1)!),
      detail: { "fastest ms": round(walls[0]!), "server CPU ms": mean("postgresMs"), "Node CPU ms": mean("nodeMs") },
    } satisfies Result
  })

const behind = (unread: number) =>
  Effect.gen(function* () {
    const sql = yield* PgClient
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const fill = Effect.gen(function* () {
      const missing = unread - (yield* consumer.unread(GROUP)).messages
      for (let n = 0; n < missing; n += 2_500) yield* publish(records(Math.min(2_500, missing - n)))
    })
    const first = consumer.deliveries({ group: GROUP, topics }).pipe(Stream.take(1), Stream.runDrain)
    const last = Effect.gen(function* () {
      const offsets = (yield* sql<{ topic: string; partition: number; offset: number }>`
        SELECT topic, partition, next_offset::float8 - 1 AS "offset" FROM bus_partitions WHERE next_offset > 0`).slice(0, 1)
      yield* consumer.tail(topics, { offsets }).pipe(Stream.take(1), Stream.runDrain)
    })
    let middle = 0
    const findMiddle = Effect.map(
      sql<{ at: number }>`
        SELECT (extract(epoch FROM min(published_at) + (max(published_at) - min(published_at)) / 2) * 1000)::float8 AS at FROM bus_messages`,
      ([row]) => (middle = row!.at),
    )
    const halfWay = Effect.suspend(() => consumer.tail(topics, middle).pipe(Stream.take(1), Stream.runDrain))
    const results: Array<Result> = []
    yield* fill
    yield* quiet
    results.push(yield* repeated("register the group again", unread, 20, consumer.register({ group: GROUP, topics })))
    results.push(yield* repeated("start of a consumer, to its first delivery", unread, 9, first))
    results.push(yield* repeated("unread and age of the oldest", unread, 50, consumer.unread(GROUP)))
    results.push(yield* repeated("publish 500", unread, 9, publish(records(500))))
    results.push(yield* repeated("deliver and acknowledge 1,000", unread, 9, take(GROUP, 1_000)))
    results.push(yield* repeated("tail from an offset, to the first", unread, 9, last))
    results.push(yield* repeated("tail from a time half-way, to the first", unread, 9, halfWay, findMiddle))
    results.push(yield* repeated("trim with nothing to trim", unread, 20, trim(sql, Duration.zero), trim(sql, Duration.zero)))
    const acknowledge = Effect.andThen(fill, take(GROUP, ACKNOWLEDGED))
    results.push(
      yield* repeated(`trim ${ACKNOWLEDGED.toLocaleString("en")} acknowledged`, unread, 5, trim(sql, Duration.zero), acknowledge),
    )
    return results
  })

const program = (n: number) =>
  Effect.gen(function* () {
    const consumer = yield* SignalConsumer
    yield* consumer.register({ group: GROUP, topics })
    const small = yield* behind(n)
    const large = yield* behind(n * 10)
    return [...small, ...large]
  })

/** What a backlog costs: the same things with `n` and with ten times `n` messages that nobody has read. */
export const measure = ({ n = 100_000 }: Options): Promise<ReadonlyArray<Result>> => onBus({ minAge: 0, trimEvery: "1 day" }, program(n))

const cells = (row: Result) => [row.detail!["fastest ms"], row.p50Ms, row.detail!["server CPU ms"]].map(String).join(" / ")

/** One line for each thing that was done, both backlogs beside each other. */
export const table = (results: ReadonlyArray<Result>): string => {
  const rows = [...Map.groupBy(results, ({ name }) => name)].map(([name, [small, large]]) => ({ name, small: small!, large: large! }))
  const unread = (row: Result | undefined) => row?.n.toLocaleString("en") ?? ""
  const [one] = rows
  return [
    `| fastest ms / median ms / server CPU ms | at ${unread(one?.small)} unread | at ${unread(one?.large)} unread |`,
    "|---|---|---|",
    ...rows.map(({ name, small, large }) => `| ${name} | ${cells(small)} | ${cells(large)} |`),
  ].join("\n")
}
