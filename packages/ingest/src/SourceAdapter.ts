import type { BusTopic } from "@signalflow/domain/bus/BusTopic"
import type { Settings, SettingValues } from "@signalflow/domain/settings/Settings"
import type { BusRecord } from "@signalflow/domain/bus/SignalBus"
import type { SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import type { SourceConfig } from "@signalflow/domain/sources/Source"
import { type Effect, Schema, type Scope, type Stream } from "effect"
import type { HttpClient } from "effect/http"
import type { NamedAuthor } from "./stores/AuthorNames.ts"
import type { Cursors } from "./stores/Cursors.ts"
import type { FrameSocket } from "./upstream/FrameSocket.ts"
import type { TargetRules } from "./targets/TargetCheck.ts"

/**
 * An upstream that did not give what was asked. The feed is begun again from its stored cursor. Reason `off`: there is nothing to be had and nobody
 * to wait for (no credentials, a private community, a spent quota); the target is `off`, not `degraded`, and is tried again after `retryAfterMs`.
 */
export class SourceError extends Schema.TaggedError<SourceError>()("SourceError", {
  reason: Schema.Literals(["unavailable", "timeout", "stalled", "malformed", "too-large", "rejected", "rate-limited", "off"]),
  message: Schema.String,
  /** How long the upstream asked to be left alone, in milliseconds. */
  retryAfterMs: Schema.optionalKey(Schema.Finite),
  /** Of an answer that was a refusal: its status and the first 2,000 characters of its body. */
  status: Schema.optionalKey(Schema.Int),
  body: Schema.optionalKey(Schema.String),
}) {}

/** What one step of a feed read. A batch without events is an answer too: it shows that the upstream lives. */
export interface SourceBatch {
  /** At most 500. */
  readonly events: ReadonlyArray<SignalEvent>
  /** Upstream bodies for the source's raw topics. */
  readonly raw?: ReadonlyArray<BusRecord>
  /** Position that may be stored once all of this batch is durable; null = it does not move. JSON. */
  readonly cursor: unknown
  /** Upstream items that this batch was made from. */
  readonly received: number
  /** Items that gave no event, by reason. */
  readonly dropped: Readonly<Record<string, number>>
  /** Every event before this time has been read, unix milliseconds; null = unknown. */
  readonly readUntil: number | null
  /** Share 0–1 of a history that is loaded. */
  readonly progress?: number
  /** Something that people should know although the feed goes on: a gap in the stream. */
  readonly notice?: string
  /** What authors are called, where the platform tells it apart from its items. */
  readonly names?: ReadonlyArray<NamedAuthor>
  /** Called when the batch is durable and its cursor is stored. */
  readonly onAck?: () => void
}

export const emptyBatch: SourceBatch = { events: [], cursor: null, received: 0, dropped: {}, readUntil: null }

/** One stream of a target, with a cursor and a heartbeat of its own: it fails and is begun again without disturbing the others. */
export interface Feed {
  readonly name: "live" | "refresh" | "comments" | "history"
  /** Key of the position in `source_cursors`, beside the platform; null = nothing to keep. */
  readonly cursor: string | null
  /** Longest time without a batch that is still normal, in milliseconds; null = it may be silent. */
  readonly silenceMs: () => number | null
  /** Requests or units that the upstream still allows, shared by all targets of the platform; null = unknown. */
  readonly quotaLeft?: () => number | null
  /** Share 0–1 that a history holds at a stored position, or null when it is complete. Live feeds have none. */
  readonly progress?: (position: unknown) => number | null
  /** From a stored position (null at the first start; what it does not understand is no position). A history ends, every other feed ends only by failing. */
  readonly batches: (position: unknown) => Stream.Stream<SourceBatch, SourceError>
}

export interface SourceContext {
  readonly config: SourceConfig
  readonly runId: string
  /**
   * What all targets of a platform share: its client, token, rate limiter, quota. Made by the first target that asks, for as long as the program
   * runs; a platform has one, and every target asks with the same `make`.
   */
  readonly shared: <A, R>(make: Effect.Effect<A, never, R>) => Effect.Effect<A, never, Exclude<R, Scope.Scope>>
}

/** What an adapter may use of the outside world. */
export type SourceNeeds = HttpClient.HttpClient | FrameSocket | Settings | Cursors

/**
 * A platform. It turns upstream items into signal events and says how far it has read; fetching politely is its part.
 * Retries, publishing, acknowledgement, cursors, counters and health are done for it by `Ingestion`.
 */
export interface SourceAdapter {
  readonly platform: string
  /** Where its raw events go, and whatever else it publishes beside its signals; a bus stores them only for a group that reads them. */
  readonly rawTopics: (settings: SettingValues) => ReadonlyArray<BusTopic>
  /** Its targets ask in one request: they begin at the same moment. Those of the others begin one after the other. */
  readonly asksTogether?: boolean
  /** Which targets and options may be written for it: what can never be read is refused where it is written. */
  readonly rules: TargetRules
  /** Targets that are watched unless the user says otherwise. */
  readonly targets: ReadonlyArray<SourceConfig>
  /** The feeds of one target, made once each time that the target starts; they may share state. Failing, the target is `off` until its configuration changes. */
  readonly feeds: (context: SourceContext) => Effect.Effect<ReadonlyArray<Feed>, SourceError, SourceNeeds>
}
