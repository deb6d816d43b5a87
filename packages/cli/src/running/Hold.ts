import { Settings, type SettingValues } from "@signalflow/domain/settings/Settings"
import { attempt } from "@signalflow/platform/postgres/embedded/EmbeddedPostgresError"
import { tryLock, unlock } from "@signalflow/platform/postgres/embedded/FileLock"
import { makeDirectory } from "@signalflow/platform/postgres/embedded/DataDirectory"
import { Context, Effect, Layer, Schedule } from "effect"
import { Failed } from "../print/Failed.ts"
import * as Marker from "./Marker.ts"
import { databaseOf } from "./Database.ts"
import { linkBase } from "./LinkBase.ts"
import { sentenceOf } from "./Sentence.ts"

/** Settings that commands beside a program take from it. */
const SHARED = [
  "HOST",
  "PORT",
  "METRICS_PORT",
  "ALLOWED_HOSTS",
  "HN_API_URL",
  "HN_SEARCH_URL",
  "BLUESKY_JETSTREAM_URL",
  "REDDIT_API_URL",
  "REDDIT_AUTH_URL",
  "YOUTUBE_API_URL",
] as const

const shared = (settings: SettingValues, changed: { readonly PORT?: number; readonly METRICS_PORT?: number }) =>
  Object.fromEntries(SHARED.map((name) => [name, String({ ...settings, ...changed }[name])]))

/** The claim of this process on its data directory. */
export class Held extends Context.Service<
  Held,
  {
    readonly marker: Marker.Marker
    /** Says where it answers, now that it does. */
    readonly listening: (at: { readonly port: number; readonly metricsPort: number }) => Effect.Effect<void, Failed, Settings>
  }
>()("@signalflow/cli/Held") {}

/** Commands that look whether a program runs hold the lock for less than a millisecond. */
const glance = Schedule.spaced("20 millis").pipe(Schedule.upTo({ times: 10 }))
/** A program writes its marker at once when it has the lock. */
const hesitation = Schedule.spaced("50 millis").pipe(Schedule.upTo({ times: 40 }))

const occupied = (kind: Marker.Kind, directory: string) =>
  Effect.sync(() => Marker.running(directory)).pipe(
    Effect.repeat({ until: (found) => found !== undefined, schedule: hesitation }),
    Effect.flatMap((found) =>
      Effect.fail(
        new Failed({
          message:
            found === undefined
              ? `Another program is starting or stopping on ${directory} (DATA_DIR): wait for it, or set DATA_DIR to another directory`
              : `${sentenceOf(found)}: use it, stop it first (Ctrl-C in its terminal, or kill ${found.pid}), or set DATA_DIR to start a second ${kind}`,
        }),
      ),
    ),
  )

/** Claims the data directory of the settings until the scope closes. Of programs that start at once one gets it, and the others say so. */
export const claim = (kind: Marker.Kind) =>
  Effect.gen(function* () {
    const settings = yield* Settings
    const directory = yield* makeDirectory(settings.DATA_DIR)
    const lock = tryLock(Marker.lockOf(directory), "exclusive").pipe(
      Effect.repeat({ until: (found) => found !== undefined, schedule: glance }),
    )
    yield* Effect.acquireRelease(
      Effect.flatMap(lock, (found) => (found === undefined ? occupied(kind, directory) : Effect.succeed(found))),
      (held) => Effect.andThen(Effect.ignore(attempt("Cannot remove", () => Marker.remove(directory))), unlock(held)),
    )
    const marker: Marker.Marker = {
      kind,
      pid: process.pid,
      address: settings.PORT === 0 ? null : linkBase(settings, settings.PORT).url,
      listening: false,
      directory,
      startedAt: new Date().toISOString(),
      database: databaseOf(settings),
      settings: shared(settings, {}),
    }
    const write = (changed: Marker.Marker) =>
      attempt(`Cannot write the marker of this program in ${directory} (DATA_DIR)`, () => Marker.write(changed)).pipe(
        Effect.mapError(({ message }) => new Failed({ message })),
      )
    yield* write(marker)
    return Held.of({
      marker,
      listening: ({ port, metricsPort }) =>
        Effect.flatMap(Settings, (now) =>
          write({
            ...marker,
            address: linkBase(now, port).url,
            listening: true,
            settings: shared(now, { PORT: port, METRICS_PORT: metricsPort }),
          }),
        ),
    })
  })

/** The claim as a layer: what stands on it starts after it and is gone before it is released. */
export const layer = (kind: Marker.Kind) => Layer.effect(Held, claim(kind))
