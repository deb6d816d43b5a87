import * as PgClient from "@effect/sql-pg/PgClient"
import { partitionOf, signalsNormalised } from "@signalflow/domain/bus/BusTopic"
import { Effect, Schedule, Stream } from "effect"

const CHANNEL = "fleet_commits"
const SAMPLE = 64

/** Every statement that stores observations tells of it at its commit, with some of the ids. */
export const install = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  yield* sql.unsafe(`create function fleet_committed() returns trigger language plpgsql as $$
    begin
      perform pg_notify('${CHANNEL}', (select string_agg(signal_id, ' ') from (
        select signal_id, row_number() over () as n, count(*) over () as total from new_rows) as numbered
        where n % greatest(1, total / ${SAMPLE}) = 0));
      return null;
    end $$`)
  yield* sql.unsafe(`create trigger fleet_committed after insert on signal_metrics_history
    referencing new table as new_rows for each statement execute function fleet_committed()`)
})

export interface Stall {
  /** Milliseconds without any stored observation. */
  readonly fleet: number
  /** The same of the partition that waited longest. */
  readonly partition: number
}

/** When observations were stored, over all and per partition of the bus. */
export class Commits {
  private readonly all: Array<number> = []
  private readonly partitions = Array.from({ length: signalsNormalised.partitions }, (): Array<number> => [])

  /** Waiting counts from here on. */
  begin(at: number): void {
    this.all.push(at)
    for (const times of this.partitions) times.push(at)
  }

  heard(at: number, ids: string): void {
    if (ids === "") return
    this.all.push(at)
    for (const partition of new Set(ids.split(" ").map((id) => partitionOf(id, signalsNormalised.partitions))))
      this.partitions[partition]!.push(at)
  }

  /** The longest gaps that lie, at least in part, between two moments. */
  stall(from: number, to: number): Stall {
    const longest = (times: ReadonlyArray<number>): number => {
      let most = 0
      for (let n = 1; n < times.length; n++) if (times[n]! > from && times[n - 1]! < to) most = Math.max(most, times[n]! - times[n - 1]!)
      return most
    }
    return { fleet: longest(this.all), partition: Math.max(...this.partitions.map(longest)) }
  }
}

/** Listens until it is interrupted, over restarts of the server. */
export const listen = (commits: Commits) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const notifications = yield* sql.listen(CHANNEL)
    yield* Stream.runForEach(Stream.fromQueue(notifications), ({ payload }) => Effect.sync(() => commits.heard(Date.now(), payload)))
  }).pipe(Effect.scoped, Effect.ignore, Effect.repeat(Schedule.spaced("50 millis")))
