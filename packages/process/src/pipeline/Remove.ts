import { authorIn } from "@signalflow/domain/signals/Signal"
import type { Removed } from "@signalflow/domain/signals/SignalEvent"
import type { Draft } from "./Draft.ts"

/** A signal or an author that was deleted (for good) or hidden (until it is restored or seen again). */
export const remove = (draft: Draft, event: Removed): void => {
  const target = draft.keyOfTarget(event.target)
  const before = draft.tombstones.get(`${target.targetKind}:${target.target}`)
  if (event.kind === "deleted") {
    if (before?.kind === "deleted" && before.restoredAt !== null && event.at <= before.restoredAt) return draft.drop("stale")
    draft.setTombstone({
      ...target,
      kind: "deleted",
      at: Math.min(event.at, before?.kind === "deleted" ? before.at : event.at),
      why: event.why,
      restoredAt: null,
    })
    if (event.target._tag === "Signal") draft.gone.add(event.target.id)
    else {
      const { platform, author } = event.target
      draft.unnamed.set(`${platform}:${author}`, { platform, author })
      for (const row of draft.upserts.values())
        if (row.signal.platform === platform && authorIn(row.signal.parentId) === author)
          draft.put({ ...row, signal: { ...row.signal, parentId: null } })
    }
    for (const row of draft.rowsOf(event.target)) draft.erase(row)
    return
  }
  if (before?.kind === "deleted" && before.restoredAt === null) return draft.drop("stale")
  // Redelivered removal; restored meanwhile.
  if (before?.kind === "hidden" && before.restoredAt !== null && event.at <= before.restoredAt) return draft.drop("stale")
  const affected = draft.rowsOf(event.target)
  if (event.target._tag === "Signal" && affected.some((row) => row.signal.observedAt > event.at)) return draft.drop("stale")
  if (before?.kind === "deleted")
    return affected.filter((row) => row.signal.observedAt <= event.at).forEach((row) => draft.setHidden(row, true))
  draft.setTombstone({ ...target, kind: "hidden", at: Math.max(event.at, before?.at ?? 0), why: event.why, restoredAt: null })
  for (const row of affected) if (row.signal.observedAt <= event.at) draft.setHidden(row, true)
}
