import { Schema } from "effect"
import { Platform } from "../signals/Platform.ts"
import { Timestamp } from "../Time.ts"

/** How often a target is polled: 30 s, 2 min, 10 min. */
export const Tier = Schema.Literals(["fast", "medium", "slow"])
export type Tier = typeof Tier.Type

export const tierMillis: Record<Tier, number> = { fast: 30_000, medium: 120_000, slow: 600_000 }

/** One target of a platform and how it is watched. `intervalMs` null = the tier's. `options` belong to the source. */
export const SourceConfig = Schema.Struct({
  platform: Platform,
  target: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(200)),
  tier: Tier,
  intervalMs: Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 1_000, maximum: 86_400_000 }))),
  options: Schema.Record(Schema.String, Schema.Unknown),
  active: Schema.Boolean,
  shard: Schema.Int,
})
export type SourceConfig = typeof SourceConfig.Type

/** What tells a target from every other. */
export const keyOf = ({ platform, target }: Pick<SourceConfig, "platform" | "target">): string => `${platform}/${target}`

export const SourceState = Schema.Literals(["live", "degraded", "off"])
export type SourceState = typeof SourceState.Type

/** What a source says of itself. `lagMs` = age of the newest thing it has read; `readUntil` = every event before it has been read. */
export const SourceHealth = Schema.Struct({
  platform: Platform,
  target: Schema.String,
  state: SourceState,
  why: Schema.NullOr(Schema.String),
  lastSuccess: Schema.NullOr(Timestamp),
  lagMs: Schema.NullOr(Schema.Int),
  readUntil: Schema.NullOr(Timestamp),
  quotaLeft: Schema.NullOr(Schema.Int),
  /** Share 0–1 of the warm start that is loaded; null = none under way. */
  warmStart: Schema.NullOr(Schema.Finite),
  at: Timestamp,
})
export type SourceHealth = typeof SourceHealth.Type
