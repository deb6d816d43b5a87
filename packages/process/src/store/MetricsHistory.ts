import type * as PgClient from "@effect/sql-pg/PgClient"
import * as Sql from "@signalflow/platform/postgres/Sql"
import type { HistoryRow } from "./SignalStore.ts"

/** Writes observations to the history; one that is stored already stays as it is. */
export const insertHistory = (sql: PgClient.PgClient) => (history: ReadonlyArray<HistoryRow>) =>
  sql`insert into signal_metrics_history (signal_id, observed_at, score, comments, views, score_velocity, comment_velocity)
      select * from unnest(${Sql.text(history, (row) => row.signalId)}::text[], ${Sql.timestamptz(history, (row) => row.observedAt)}::timestamptz[],
        ${Sql.int4(history, (row) => row.score)}::int[], ${Sql.int4(history, (row) => row.comments)}::int[],
        ${Sql.int8(history, (row) => row.views)}::bigint[], ${Sql.float8(history, (row) => row.velocity?.score)}::float8[],
        ${Sql.float8(history, (row) => row.velocity?.comments)}::float8[])
      on conflict do nothing`
