import type { Delivery } from "@signalflow/domain/bus/SignalBus"
import { EVENT_VERSION, SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import { Result, Schema } from "effect"

/** A message that was read, cannot be read, or is of a version that this program does not know yet. */
export type Decoded =
  | { readonly _tag: "Event"; readonly delivery: Delivery; readonly event: SignalEvent; readonly aheadMs: number }
  | { readonly _tag: "Poison"; readonly delivery: Delivery; readonly error: string }
  | { readonly _tag: "Newer"; readonly delivery: Delivery; readonly version: number }

const decodeEvent = Schema.decodeUnknownResult(SignalEvent)

/** What a message says of its own version; anything else than a whole number says nothing. */
const versionOf = (json: unknown): number => {
  type Stated = { meta?: { schemaVersion?: unknown } | null } | null
  const said = json as (Stated & { signal?: Stated }) | null
  const version = (said?.signal?.meta ?? said?.meta)?.schemaVersion
  return Number.isInteger(version) ? (version as number) : 0
}

/** Skew that is taken as it is: an observation may be this much ahead of its receipt. */
const MAX_AHEAD = 60 * 60_000
/** An observation may be this much behind its receipt: history that is loaded or replayed. */
const MAX_BEHIND = 400 * 24 * 60 * 60_000

const timeOf = (event: SignalEvent): number => (event._tag === "Observed" ? event.signal.observedAt : event.at)

const datedAt = (event: SignalEvent, at: number): SignalEvent =>
  event._tag === "Observed" ? { ...event, signal: { ...event.signal, observedAt: at } } : { ...event, at }

const parse = (value: string): Result.Result<unknown, string> => {
  try {
    return Result.succeed(JSON.parse(value))
  } catch (cause) {
    return Result.fail(`not JSON: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

/**
 * Reads one message of `signals.normalised`. Never throws. What says that it was observed more than an hour after it was received comes
 * from a wrong clock: it is dated at its receipt, the same each time it is delivered, and `aheadMs` says how wrong it was (else 0).
 */
export const decode = (delivery: Delivery): Decoded => {
  const declared = Number(delivery.headers["schema_version"] ?? EVENT_VERSION)
  if (declared > EVENT_VERSION) return { _tag: "Newer", delivery, version: declared }
  const json = parse(delivery.value)
  if (Result.isFailure(json)) return { _tag: "Poison", delivery, error: json.failure.slice(0, 1_000) }
  const stated = versionOf(json.success)
  if (stated > EVENT_VERSION) return { _tag: "Newer", delivery, version: stated }
  const event = decodeEvent(json.success)
  if (Result.isFailure(event)) return { _tag: "Poison", delivery, error: String(event.failure.message).slice(0, 1_000) }
  const at = timeOf(event.success)
  const { publishedAt: receivedAt } = delivery
  if (at < receivedAt - MAX_BEHIND) {
    const error = `observed at ${new Date(at).toISOString()}, more than 400 days before it was received`
    return { _tag: "Poison", delivery, error }
  }
  if (at > receivedAt + MAX_AHEAD) return { _tag: "Event", delivery, event: datedAt(event.success, receivedAt), aheadMs: at - receivedAt }
  return { _tag: "Event", delivery, event: event.success, aheadMs: 0 }
}
