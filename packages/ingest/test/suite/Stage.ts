import type { Signal } from "@signalflow/domain/signals/Signal"
import { assert } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { HttpClient } from "effect/http"
import { Cursors } from "../../src/stores/Cursors.ts"
import * as Ingestion from "../../src/Ingestion.ts"
import type { SourceAdapter } from "../../src/SourceAdapter.ts"
import { recordingBus, surroundings } from "../Harness.ts"
import type { Upstream } from "./Upstream.ts"

/** More moments than anything takes that comes at all. */
const MOMENTS = 2_500

/** The source on a bus and a store of cursors that can be watched, cut and refused; what they hold outlives each run. */
export const stage = (adapter: SourceAdapter, upstream: Upstream) => {
  const { target } = upstream
  const bus = recordingBus()
  const positions = new Map<string, string>()
  /** What happens before and after a cursor is stored. */
  const nothing = (_key: string): Effect.Effect<void> => Effect.void
  const hooks = { before: nothing, after: nothing }
  const cursors = Layer.succeed(Cursors, {
    load: (platform, key) =>
      Effect.sync(() => {
        const found = positions.get(`${platform}/${key}`)
        return found === undefined ? null : (JSON.parse(found) as unknown)
      }),
    store: (platform, key, position) =>
      Effect.suspend(() =>
        Effect.flatMap(hooks.before(key), () => {
          positions.set(`${platform}/${key}`, JSON.stringify(position))
          return hooks.after(key)
        }),
      ),
    forget: (platform, key) => Effect.sync(() => void positions.delete(`${platform}/${key}`)),
  })
  const traffic = { asked: 0, open: 0, mostOpen: 0 }
  const counted = Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (client) =>
      HttpClient.transform(client, (answer) =>
        Effect.suspend(() => {
          traffic.asked++
          traffic.open++
          traffic.mostOpen = Math.max(traffic.mostOpen, traffic.open)
          return Effect.ensuring(
            answer,
            Effect.sync(() => traffic.open--),
          )
        }),
      ),
    ),
  )
  /** The later of two services is the one that is meant. */
  const outside = Layer.merge(upstream.outside, Layer.provide(counted, upstream.outside))
  const planted: Array<string> = []
  const publish = (n = 1) => Effect.map(upstream.publish(n), (ids) => void planted.push(...ids))
  const observations = () => bus.events().flatMap((event) => (event._tag === "Observed" ? [event.signal] : []))
  /** Found by the feed that must not miss it: a refresh may come upon it by chance. */
  const seen = () => new Set<string>(observations().flatMap(({ id, meta }) => (meta.mode === "refresh" ? [] : [id])))
  const missing = () => {
    const found = seen()
    return planted.filter((id) => !found.has(id))
  }
  const until = (what: string, condition: () => boolean, moments = MOMENTS) =>
    Effect.gen(function* () {
      for (let moment = 0; !condition(); moment++) {
        if (moment >= moments) return yield* Effect.die(`not seen: ${what}`)
        yield* upstream.pass
      }
    })
  const run = <A, E>(during: Effect.Effect<A, E>) =>
    Effect.scoped(Effect.andThen(Effect.forkScoped(Ingestion.runWith([{ ...adapter, targets: [target] }])), during)).pipe(
      Effect.provide(Layer.mergeAll(surroundings({ WARM_START_HOURS: 0, ...upstream.settings }), cursors, outside, bus.layer)),
    )
  const hasBegun = () => positions.has(`${adapter.platform}/${target.target}`)
  /** A stream says nothing until something happens: one signal is published as soon as it is listened to. */
  const begin = run(
    Effect.gen(function* () {
      yield* until("a connection", () => upstream.subscribers() > 0 || hasBegun())
      yield* publish()
      yield* until("a first cursor", hasBegun)
    }),
  )
  const all = until("everything that was published", () => missing().length === 0)
  return { adapter, upstream, target, bus, hooks, traffic, planted, publish, observations, missing, until, run, begin, all }
}

export type Stage = ReturnType<typeof stage>

/**
 * What one feed says of a signal goes forward in time, and a redelivery is the same observation again. Feeds of their own (discovery, refresh) may
 * overtake each other by the length of a request; whoever stores keeps the newer.
 */
export const assertOrdered = (observations: ReadonlyArray<Signal>) => {
  const last = new Map<string, Signal>()
  for (const signal of observations) {
    const key = `${signal.id} ${signal.meta.mode === "refresh"}`
    const before = last.get(key)
    if (before !== undefined) {
      assert.isAtLeast(signal.observedAt, before.observedAt, signal.id)
      if (signal.observedAt === before.observedAt)
        assert.deepStrictEqual({ ...signal, meta: null }, { ...before, meta: null }, "two observations of one moment differ")
    }
    last.set(key, signal)
  }
}

/** How often each of `planted` was found. */
export const timesFound = (observations: ReadonlyArray<Signal>, planted: ReadonlyArray<string>) => {
  const counts = new Map(planted.map((id) => [id, 0]))
  for (const { id, meta } of observations) if (meta.mode !== "refresh" && counts.has(id)) counts.set(id, counts.get(id)! + 1)
  return counts
}
