import { assert, it } from "@effect/vitest"
import { Effect, type Layer, Stream } from "effect"
import { Platform } from "../src/signals/Platform.ts"
import type { SourceConfig } from "../src/sources/Source.ts"
import { SourceConfigs } from "../src/sources/SourceConfigs.ts"
import { until } from "./Received.ts"

export const sourceConfig = (platform: string, target: string, more: Partial<SourceConfig> = {}): SourceConfig => ({
  platform: Platform.make(platform),
  target,
  tier: "medium",
  intervalMs: null,
  options: {},
  active: true,
  shard: 0,
  ...more,
})

/** The contract of every `SourceConfigs`; each test provides the layer anew and finds it empty. */
export const suite = <E>(name: string, layer: Layer.Layer<SourceConfigs, E>) => {
  const test = <A, E2>(behaviour: string, body: Effect.Effect<A, E2, SourceConfigs>) =>
    it.live(`SourceConfigs (${name}) ${behaviour}`, () => Effect.provide(body, layer))

  test(
    "gives back what was put, in order of platform and target, and replaces it by name",
    Effect.gen(function* () {
      const configs = yield* SourceConfigs
      const full = sourceConfig("reddit", "r/news é '\"", {
        tier: "fast",
        intervalMs: 45_000,
        options: { sort: "hot", limit: 100, nested: { list: [1, null, "x"] } },
        active: false,
        shard: 3,
      })
      for (const config of [sourceConfig("reddit", "r/a"), full, sourceConfig("bluesky", "sample"), sourceConfig("reddit", "r/Z")])
        yield* configs.put(config)
      assert.deepStrictEqual(
        (yield* configs.list).map(({ platform, target }) => `${platform} ${target}`),
        ["bluesky sample", "reddit r/Z", "reddit r/a", "reddit r/news é '\""],
      )
      assert.deepStrictEqual((yield* configs.list)[3], full)
      yield* configs.put({ ...full, tier: "slow", active: true })
      assert.strictEqual((yield* configs.list).length, 4)
      assert.deepStrictEqual((yield* configs.list)[3], { ...full, tier: "slow", active: true })
    }),
  )

  test(
    "adds defaults that are missing and leaves the user's changes alone",
    Effect.gen(function* () {
      const configs = yield* SourceConfigs
      const changed = sourceConfig("hackernews", "all", { active: false })
      yield* configs.put(changed)
      const defaults = [
        sourceConfig("hackernews", "all"),
        sourceConfig("bluesky", "sample"),
        sourceConfig("bluesky", "sample", { tier: "fast" }),
      ]
      yield* configs.putDefaults(defaults)
      yield* configs.putDefaults(defaults)
      yield* configs.putDefaults([])
      assert.deepStrictEqual(yield* configs.list, [sourceConfig("bluesky", "sample"), changed])
    }),
  )

  test(
    "removes by name and says whether there was anything",
    Effect.gen(function* () {
      const configs = yield* SourceConfigs
      yield* configs.put(sourceConfig("reddit", "r/a"))
      yield* configs.put(sourceConfig("reddit", "r/b"))
      assert.isFalse(yield* configs.remove("reddit", "r/c"))
      assert.isTrue(yield* configs.remove("reddit", "r/a"))
      assert.isFalse(yield* configs.remove("reddit", "r/a"))
      assert.deepStrictEqual(yield* configs.list, [sourceConfig("reddit", "r/b")])
    }),
  )

  test(
    "tells every follower the list as it is and after each change",
    Effect.gen(function* () {
      const configs = yield* SourceConfigs
      yield* configs.put(sourceConfig("reddit", "r/a"))
      const seen: [Array<string>, Array<string>] = [[], []]
      for (const into of seen)
        yield* configs.changes.pipe(
          Stream.runForEach((list) => Effect.sync(() => into.push(list.map(({ target }) => target).join(" ")))),
          Effect.forkScoped,
        )
      yield* until(() => seen.every((lists) => lists.at(-1) === "r/a"))
      yield* configs.put(sourceConfig("reddit", "r/b"))
      yield* until(() => seen.every((lists) => lists.at(-1) === "r/a r/b"))
      yield* configs.remove("reddit", "r/a")
      yield* until(() => seen.every((lists) => lists.at(-1) === "r/b"))
    }).pipe(Effect.scoped),
  )
}
