import type { Ready } from "@signalflow/domain/api/System"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings, type SettingValues } from "@signalflow/domain/settings/Settings"
import { Reads } from "@signalflow/platform/postgres/replica/Reads"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { SourceQueries } from "@signalflow/server/sources/SourceQueries"
import { urlHost } from "@signalflow/server/http/Listening"
import { Effect, Layer } from "effect"
import { databaseUnmigrated } from "../layers/Database.ts"
import { ready } from "./Ask.ts"
import { settingsOf } from "./Beside.ts"
import { databaseOf } from "./Database.ts"
import { linkBase } from "./LinkBase.ts"
import type { Marker } from "./Marker.ts"

export interface SourceCounts {
  readonly live: number
  readonly degraded: number
  readonly off: number
  readonly paused: number
}

/** A program that runs here. */
export interface Status {
  readonly kind: Marker["kind"]
  readonly pid: number
  readonly address: string | null
  readonly metrics: string | null
  readonly directory: string
  readonly database: string
  readonly startedAt: string
  readonly state: "starting" | "silent" | Ready["status"]
  readonly dependencies: Ready["dependencies"]
  /** null: they cannot be read now. */
  readonly sources: SourceCounts | null
}

const PATIENCE = "10 seconds"

const sources = (settings: SettingValues) =>
  Effect.gen(function* () {
    const all = yield* (yield* SourceQueries).list
    const count = (state: string) => all.filter((source) => source.active && source.state === state).length
    return {
      live: count("live"),
      degraded: count("degraded"),
      off: count("off"),
      paused: all.filter(({ active }) => !active).length,
    } satisfies SourceCounts
  }).pipe(
    Effect.provide(SourceQueries.layer.pipe(Layer.provide(Reads.layer), Layer.provide(Layer.merge(Readiness.layer, Metrics.layerTest)))),
    Effect.provide(databaseUnmigrated("signalflow status")),
    Effect.provideService(Settings, settings),
    Effect.timeout(PATIENCE),
    Effect.orElseSucceed(() => null),
  )

export const statusOf = (marker: Marker, given: SettingValues): Effect.Effect<Status> =>
  Effect.gen(function* () {
    const settings = settingsOf(marker.kind, given, marker)
    const { kind, pid, address, directory, startedAt, listening, database } = marker
    const host = urlHost(settings.HOST)
    const { METRICS_PORT: port } = settings
    const said = listening ? yield* ready({ host: host.replace(/^\[|\]$/g, ""), port, name: linkBase(settings, port).host }) : null
    const readable = listening && said !== null && database === databaseOf(settings)
    return {
      kind,
      pid,
      address,
      metrics: listening ? `http://${host}:${port}/metrics` : null,
      directory,
      database,
      startedAt,
      state: listening ? (said?.status ?? "silent") : "starting",
      dependencies: said?.dependencies ?? [],
      sources: readable ? yield* sources(settings) : null,
    }
  })
