import { Context, Effect, Layer, Schema, type Stream, SubscriptionRef } from "effect"
import type { SourceConfig } from "./Source.ts"

export class SourceConfigsError extends Schema.TaggedError<SourceConfigsError>()("SourceConfigsError", {
  message: Schema.String,
  cause: Schema.Defect(),
}) {}

const nameOf = (config: SourceConfig) => `${config.platform}\u0000${config.target}`

/** Which targets are watched, in the order of platform and target. */
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
>()("@signalflow/domain/sources/SourceConfigs") {
  static readonly layerMemory = Layer.effect(
    SourceConfigs,
    Effect.gen(function* () {
      const ref = yield* SubscriptionRef.make<ReadonlyArray<SourceConfig>>([])
      const add = (all: ReadonlyArray<SourceConfig>, configs: ReadonlyArray<SourceConfig>, replace: boolean) => {
        const byName = new Map(all.map((config) => [nameOf(config), config]))
        for (const config of configs) if (replace || !byName.has(nameOf(config))) byName.set(nameOf(config), config)
        return [...byName].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, config]) => config)
      }
      return SourceConfigs.of({
        list: SubscriptionRef.get(ref),
        changes: SubscriptionRef.changes(ref),
        put: (config) => SubscriptionRef.update(ref, (all) => add(all, [config], true)),
        putDefaults: (configs) => SubscriptionRef.update(ref, (all) => add(all, configs, false)),
        remove: (platform, target) =>
          SubscriptionRef.modify(ref, (all) => {
            const rest = all.filter((config) => config.platform !== platform || config.target !== target)
            return [rest.length < all.length, rest]
          }),
      })
    }),
  )
}
