import type { BusRecord } from "@signalflow/domain/bus/SignalBus"
import { BusError, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import { SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import { signalsNormalised } from "@signalflow/domain/bus/BusTopic"
import { withinLimit } from "@signalflow/domain/bus/RecordLimit"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings, type SettingValues } from "@signalflow/domain/settings/Settings"
import { SourceConfigs } from "@signalflow/domain/sources/SourceConfigs"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Duration, Effect, Layer, Schema } from "effect"
import { HttpClient, HttpClientError, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { Cursors } from "../src/stores/Cursors.ts"
import { Health } from "../src/health/SourceHealth.ts"

const decodeEvent = Schema.decodeUnknownSync(Schema.fromJsonString(SignalEvent))

export type Answer = Response | Error | undefined

export const json = (body: unknown, init?: ResponseInit): Response => new Response(JSON.stringify(body), init)

/** An HTTP upstream that answers from a script; undefined = 404, an Error = no connection. Records what was asked. */
export const scripted = (answer: (url: URL) => Answer) => {
  const asked: Array<string> = []
  const client = HttpClient.make((request, url) =>
    Effect.suspend(() => {
      asked.push(url.pathname + url.search)
      const given = answer(url)
      if (given instanceof Error)
        return Effect.fail(
          new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, description: given.message }) }),
        )
      return Effect.succeed(HttpClientResponse.fromWeb(request, given ?? new Response("not found", { status: 404 })))
    }),
  )
  return { asked, client, layer: Layer.succeed(HttpClient.HttpClient, client) }
}

/** A bus that keeps what it was given, and refuses while `down`. */
export const recordingBus = () => {
  const records: Array<BusRecord> = []
  const state = { down: false, refused: 0, onPublish: (): void => undefined }
  const layer = Layer.succeed(SignalPublisher, {
    publish: (batch) =>
      Effect.suspend(() => {
        if (state.down) {
          state.refused++
          return Effect.fail(new BusError({ operation: "publish", message: "no broker", cause: "down" }))
        }
        return Effect.map(withinLimit(batch), () => {
          records.push(...batch)
          state.onPublish()
        })
      }),
  })
  const events = () => records.filter(({ topic }) => topic.name === signalsNormalised.name).map(({ value }) => decodeEvent(value))
  return { records, state, layer, events }
}

/** Everything that ingestion needs beside its upstream and its bus, in memory. */
export const surroundings = (settings: Partial<SettingValues> = {}) =>
  Layer.mergeAll(
    Cursors.layerMemory,
    Health.layerMemory,
    Metrics.layerTest,
    Readiness.layer,
    SourceConfigs.layerMemory,
    Settings.layerWith(settings),
  )

/** Lets promises and fibers run until they all wait for the clock or the outside. */
export const settle = Effect.promise(async () => {
  for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve))
})

/** Moves the test clock in steps, so that whatever wakes up finishes before time goes on. */
export const advance = (by: Duration.Input, step: Duration.Input = "1 second") =>
  Effect.gen(function* () {
    const total = Duration.toMillis(by)
    const each = Duration.toMillis(step)
    yield* settle
    for (let moved = 0; moved < total; moved += each) {
      yield* TestClock.adjust(Math.min(each, total - moved))
      yield* settle
    }
  })
