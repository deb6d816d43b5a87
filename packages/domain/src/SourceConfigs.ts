import { Context, Effect, Layer, Schema, type Stream, SubscriptionRef } from "effect"
import type { SourceConfig } from "./Source.ts"

export class SourceConfigsError extends Schema.TaggedError<SourceConfigsError>()("SourceConfigsError", {
  message: Schema.String,
  cause: Schema.Defect(),
}) {}

/** Which targets are watched. */
export class SourceConfigs extends Context.Service<
  SourceConfigs,
  {
    readonly list: Effect.Effect<ReadonlyArray<SourceConfig>, SourceConfigsError>
    /** The list now and after every change. */
    readonly changes: Stream.Stream<ReadonlyArray<SourceConfig>, SourceConfigsError>
    /** Adds a target or replaces the one with the same platform and target. */
    readonly put: (config: SourceConfig) => Effect.Effect<void, SourceConfigsError>
    /** Adds the targets that are not there yet; leaves the user's changes alone. */
    readonly putDefaults: (configs: ReadonlyArray<SourceConfig>) => Effect.Effect<void, SourceConfigsError>
    readonly remove: (platform: string, target: string) => Effect.Effect<boolean, SourceConfigsError>
  }
>()("@signalflow/domain/SourceConfigs") {
  static readonly layerMemory = Layer.effect(
    SourceConfigs,
    Effect.gen(function* () {
      const ref = yield* SubscriptionRef.make<ReadonlyArray<SourceConfig>>([])
      const same = (a: SourceConfig) => (b: SourceConfig) => a.platform === b.platform && a.target === b.target
      return SourceConfigs.of({
        list: SubscriptionRef.get(ref),
        changes: SubscriptionRef.changes(ref),
        put: (config) => SubscriptionRef.update(ref, (all) => [...all.filter((other) => !same(config)(other)), config]),
        putDefaults: (configs) => SubscriptionRef.update(ref, (all) => [...all, ...configs.filter((config) => !all.some(same(config)))]),
        remove: (platform, target) =>
          SubscriptionRef.modify(ref, (all) => {
            const rest = all.filter((config) => config.platform !== platform || config.target !== target)
            return [rest.length < all.length, rest]
          }),
      })
    }),
  )
}
