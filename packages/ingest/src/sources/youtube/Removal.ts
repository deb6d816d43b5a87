import type { SignalId } from "@signalflow/domain/signals/Signal"
import type { SignalEvent } from "@signalflow/domain/signals/SignalEvent"

export const removal = (id: SignalId, at: number, why: string): SignalEvent => ({
  _tag: "Removed",
  target: { _tag: "Signal", id },
  kind: "deleted",
  at,
  why,
})
