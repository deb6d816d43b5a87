import type { SourceView } from "@signalflow/domain/api/Sources"
import { describe } from "@signalflow/platform/postgres/Sql"
import { Readiness } from "@signalflow/domain/Readiness"
import { Reads } from "@signalflow/platform/postgres/replica/Reads"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { SourceQueries } from "@signalflow/server/sources/SourceQueries"
import { Effect, Layer } from "effect"
import { type Check, ok, warning } from "./Check.ts"
import { databaseUnmigrated } from "../layers/Database.ts"

/** Targets that are shown one by one. */
const SHOWN = 30

const age = (iso: string, now: number): string => {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1_000))
  return seconds < 120 ? `${seconds} s` : seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`
}

const told = (source: SourceView, now: number): string =>
  [
    source.state,
    source.why,
    source.lastSuccess === null ? "never answered" : `last answer ${age(source.lastSuccess, now)} ago`,
    source.lagSeconds === null ? null : `${Math.round(source.lagSeconds)} s behind`,
    source.quotaLeft === null ? null : `${source.quotaLeft} requests or units left`,
    `${source.signalsLastHour} signals of the platform in the last hour`,
  ]
    .filter((part) => part !== null)
    .join("; ")

/** What every source last said of itself, where a program has run. */
export const sources = Effect.gen(function* () {
  const list = yield* (yield* SourceQueries).list
  const now = Date.now()
  const checks = list.slice(0, SHOWN).map((source): Check => {
    const name = `${source.platform}/${source.target}`
    const found = told(source, now)
    if (source.state === "live") return ok(name, found)
    if (!source.active) return ok(name, "paused")
    return warning(
      name,
      found,
      source.state === "off" ? `See docs/sources.md; "signalflow source pause" silences this.` : "It retries by itself.",
    )
  })
  return list.length > SHOWN ? [...checks, ok("sources", `${list.length - SHOWN} more: signalflow source list`)] : checks
}).pipe(
  Effect.provide(SourceQueries.layer.pipe(Layer.provide(Reads.layer), Layer.provide(Layer.merge(Readiness.layer, Metrics.layerTest)))),
  Effect.provide(databaseUnmigrated("signalflow doctor")),
  Effect.catch((error) =>
    Effect.succeed([warning("sources", "message" in error ? error.message : describe(error), "They are known once the program has run.")]),
  ),
)
