import * as PgClient from "@effect/sql-pg/PgClient"
import { Effect, Layer } from "effect"
import * as TestPostgres from "../../../platform/test/TestPostgres.ts"
import * as PgSignalStore from "../../src/store/PgSignalStore.ts"
import { type SignalRow, rowToStored } from "../../../platform/src/postgres/SignalTable.ts"
import { layerMemory, StoredRows } from "../../src/store/SignalStoreMemory.ts"
import { suite, type View } from "../SignalStoreSuite.ts"

const distinct = (marks: ReadonlyArray<{ platform: string; bucket: number }>) => [
  ...new Set(marks.map(({ platform, bucket }) => `${platform} ${bucket}`)),
]

suite(
  "memory",
  layerMemory,
  Effect.map(StoredRows, (rows): View => ({
    signals: Effect.sync(() => [...rows.signals.values()].sort((a, b) => (a.signal.id < b.signal.id ? -1 : 1))),
    history: Effect.sync(() =>
      [...rows.history.values()]
        .map((row) => ({ id: row.signalId, at: row.observedAt, score: row.score, velocity: row.velocity?.score ?? null }))
        .sort((a, b) => a.at - b.at),
    ),
    tombstones: Effect.sync(() => [...rows.tombstones.values()]),
    takeMarks: Effect.sync(() => distinct(rows.marks.splice(0))),
  })),
)

suite(
  "PostgreSQL",
  Layer.provideMerge(PgSignalStore.layer, TestPostgres.layer),
  Effect.map(PgClient.PgClient, (sql): View => ({
    signals: Effect.orDie(Effect.map(sql<SignalRow>`select * from signals order by id`, (rows) => rows.map(rowToStored))),
    history: Effect.orDie(
      Effect.map(
        sql<{
          signal_id: string
          observed_at: Date
          score: number | null
          score_velocity: number | null
        }>`select * from signal_metrics_history order by observed_at`,
        (rows) => rows.map((row) => ({ id: row.signal_id, at: row.observed_at.getTime(), score: row.score, velocity: row.score_velocity })),
      ),
    ),
    tombstones: Effect.orDie(
      Effect.map(sql<{ target_kind: "signal" | "author"; target: string; kind: "deleted" | "hidden" }>`select * from removals`, (rows) =>
        rows.map((row) => ({ targetKind: row.target_kind, target: row.target, kind: row.kind })),
      ),
    ),
    takeMarks: Effect.orDie(
      Effect.map(sql<{ platform: string; bucket: Date }>`delete from touched_windows returning platform, bucket`, (rows) =>
        distinct(rows.map((row) => ({ platform: row.platform, bucket: row.bucket.getTime() }))),
      ),
    ),
  })),
)
