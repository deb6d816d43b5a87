import { bucketOf } from "@signalflow/domain/Time"
import { Context, Effect, Layer } from "effect"
import type { HistoryRow, Mark, Tombstone } from "./SignalStore.ts"
import type { StoredSignal } from "../../../domain/src/signals/StoredSignal.ts"
import { SignalStore } from "./SignalStore.ts"

/** A window into what the memory store holds. */
export class StoredRows extends Context.Service<
  StoredRows,
  {
    readonly signals: Map<string, StoredSignal>
    readonly history: Map<string, HistoryRow>
    readonly tombstones: Map<string, Tombstone>
    readonly marks: Array<Mark>
  }
>()("@signalflow/process/SignalStoreMemory/StoredRows") {}

/** The contract of the real store, in memory. */
export const layerMemory: Layer.Layer<SignalStore | StoredRows> = Layer.effectContext(
  Effect.sync(() => {
    const rows = StoredRows.of({ signals: new Map(), history: new Map(), tombstones: new Map(), marks: [] })
    const authorKey = ({ platform, author }: { platform: string; author: string }) => `hash(${platform}:${author})`
    const store = SignalStore.of({
      authorKey,
      transact: (scope, decide) =>
        Effect.sync(() => {
          const targets = new Set(scope.targets.map(authorKey))
          const wanted = new Set(scope.ids)
          const signals = new Map(
            [...rows.signals].filter(
              ([id, { signal }]) =>
                wanted.has(id) || (signal.author !== null && targets.has(authorKey({ platform: signal.platform, author: signal.author }))),
            ),
          )
          const decision = decide({ signals, tombstones: new Map(rows.tombstones) })
          const { upserts, history, deletes, tombstones, lifted, marks, changed, unnamed = [] } = decision.changes
          for (const id of deletes) {
            const row = rows.signals.get(id)
            if (row === undefined) continue
            rows.marks.push({ platform: row.signal.platform, bucket: bucketOf(row.countedAt) })
            for (const [key, entry] of rows.history)
              if (entry.signalId === id) {
                rows.marks.push({ platform: row.signal.platform, bucket: bucketOf(entry.observedAt) })
                rows.history.delete(key)
              }
            rows.signals.delete(id)
          }
          for (const row of upserts) rows.signals.set(row.signal.id, row)
          for (const row of history) {
            const key = `${row.signalId}@${row.observedAt}`
            if (!rows.history.has(key)) rows.history.set(key, row)
          }
          rows.marks.push(...marks)
          for (const { signalId, observedAt } of rows.history.values())
            if (changed.includes(signalId)) rows.marks.push({ platform: signalId.split(":", 1)[0]!, bucket: bucketOf(observedAt) })
          for (const { platform, author } of unnamed)
            for (const [id, row] of rows.signals)
              if (row.signal.parentId?.startsWith(`${platform}:${author}/`))
                rows.signals.set(id, { ...row, signal: { ...row.signal, parentId: null } })
          for (const { targetKind, target } of lifted) rows.tombstones.delete(`${targetKind}:${target}`)
          for (const tombstone of tombstones) rows.tombstones.set(`${tombstone.targetKind}:${tombstone.target}`, tombstone)
          return decision
        }),
    })
    return Context.make(SignalStore, store).pipe(Context.add(StoredRows, rows))
  }),
)
