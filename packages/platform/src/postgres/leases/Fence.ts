import { Context, Effect, Schema } from "effect"
import type { SqlError } from "effect/sql/SqlError"

/** Somebody else holds the lease now: what was to be written must not be. */
export class LeaseLost extends Schema.TaggedError<LeaseLost>()("LeaseLost", { name: Schema.String, holder: Schema.NullOr(Schema.String) }) {
  override get message(): string {
    return `the lease "${this.name}" was taken over${this.holder === null ? "" : ` by ${this.holder}`}`
  }
}

interface FenceShape {
  /** First statement of a transaction: fails unless the lease is still ours, and holds off a takeover until the transaction ends. */
  readonly guard: Effect.Effect<void, LeaseLost | SqlError>
  /**
   * Waits until the lease can be relied on, by this machine's monotonic clock: for what goes where no transaction reaches. A lease that was renewed
   * late goes on; whoever waits for one that was lost is interrupted.
   */
  readonly held: Effect.Effect<void>
}

/** What stands between a former leader and the data. Outside of a lease everything is allowed. */
export const Fence: Context.Reference<FenceShape> = Context.Reference<FenceShape>("@signalflow/platform/postgres/leases/Fence", {
  defaultValue: () => ({ guard: Effect.void, held: Effect.void }),
})
