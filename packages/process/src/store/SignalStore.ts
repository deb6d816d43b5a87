import type { KnownSignal, StoredSignal } from "@signalflow/domain/signals/StoredSignal"
import { Context, type Effect, Schema } from "effect"

/** `transient`: the same call may succeed later. `ofData`: something in the batch can never be stored. Neither: a bug, which must not pass for one. */
export class SignalStoreError extends Schema.TaggedError<SignalStoreError>()("SignalStoreError", {
  message: Schema.String,
  transient: Schema.Boolean,
  ofData: Schema.Boolean,
  cause: Schema.Defect(),
}) {}

/** What is known to be gone. `target` is a signal id, or the keyed hash of an author. */
export interface Tombstone {
  readonly targetKind: "signal" | "author"
  readonly target: string
  readonly platform: string
  readonly kind: "deleted" | "hidden"
  readonly at: number
  readonly why: string
  readonly restoredAt: number | null
}

export interface Author {
  readonly platform: string
  readonly author: string
}

/** What a batch is about: read, and held, before anything is decided. */
export interface Scope {
  readonly ids: ReadonlyArray<string>
  /** Authors whose tombstones matter; one may be named several times. */
  readonly authors: ReadonlyArray<Author>
  /** Authors who are removed or restored by this batch: all their signals are read too, and other writers wait. */
  readonly targets: ReadonlyArray<Author>
  /** Something is removed or restored: then stored signals may be written again as they are, and are needed whole. */
  readonly isWhole: boolean
}

export interface Stored {
  /** Each a `StoredSignal` where the scope is whole. */
  readonly signals: ReadonlyMap<string, KnownSignal>
  /** Keyed `signal:<id>` and `author:<hash>`. */
  readonly tombstones: ReadonlyMap<string, Tombstone>
}

export interface HistoryRow {
  readonly signalId: string
  readonly observedAt: number
  readonly score: number | null
  readonly comments: number | null
  readonly views: number | null
  readonly velocity: { readonly score: number; readonly comments: number } | null
}

export interface Mark {
  readonly platform: string
  readonly bucket: number
}

/** Everything that a batch changes, in one transaction. */
export interface Changes {
  readonly upserts: ReadonlyArray<StoredSignal>
  readonly history: ReadonlyArray<HistoryRow>
  /** Rows to delete with their history; every bucket that either touched is marked. */
  readonly deletes: ReadonlyArray<string>
  readonly tombstones: ReadonlyArray<Tombstone>
  readonly lifted: ReadonlyArray<{ readonly targetKind: "signal" | "author"; readonly target: string }>
  readonly marks: ReadonlyArray<Mark>
  /** Ids whose text or visibility changed: every bucket that their history touched is marked. */
  readonly changed: ReadonlyArray<string>
  /** Authors who are gone: what answers them names them no more. */
  readonly unnamed?: ReadonlyArray<Author>
}

/** Where signals live. */
export class SignalStore extends Context.Service<
  SignalStore,
  {
    /** The keyed hash under which an author's tombstone stands. */
    readonly authorKey: (author: Author) => string
    /** Reads the scope under lock, lets `decide` say what changes, and commits it: all or nothing. */
    readonly transact: <D extends { readonly changes: Changes }>(
      scope: Scope,
      decide: (stored: Stored) => D,
    ) => Effect.Effect<D, SignalStoreError>
  }
>()("@signalflow/process/store/SignalStore") {}
