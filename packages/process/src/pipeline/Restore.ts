import type { Restored } from "@signalflow/domain/signals/SignalEvent"
import { type Draft, isHiding } from "./Draft.ts"

/** A signal or an author that is shown again. */
export const restore = (draft: Draft, event: Restored): void => {
  const target = draft.keyOfTarget(event.target)
  const before = draft.tombstones.get(`${target.targetKind}:${target.target}`)
  if (before === undefined || before.at > event.at) return draft.drop("stale")
  if (before.kind === "deleted") {
    if (before.targetKind === "author") draft.setTombstone({ ...before, restoredAt: Math.max(event.at, before.restoredAt ?? 0) })
    return
  }
  draft.setTombstone({ ...before, restoredAt: Math.max(event.at, before.restoredAt ?? 0) })
  for (const row of draft.rowsOf(event.target)) {
    const isHidden = isHiding(draft.tombstones.get(`signal:${row.signal.id}`)) || isHiding(draft.authorTombstone(row.signal))
    if (!isHidden) draft.setHidden(row, false)
  }
}
