import type { SettingValues } from "@signalflow/domain/settings/Settings"
import { Effect, Layer, Schedule } from "effect"
import { FetchHttpClient } from "effect/http"
import { FrameSocket } from "../src/upstream/FrameSocket.ts"
import { type recordingBus, surroundings } from "./Harness.ts"

type Bus = ReturnType<typeof recordingBus>

/** HTTP and WebSockets as they are. */
export const sockets = Layer.merge(FetchHttpClient.layer, FrameSocket.layer)

/** What ingestion runs on, its upstream on real sockets. */
export const overSockets = (bus: Bus, settings: Partial<SettingValues>) => Layer.mergeAll(sockets, bus.layer, surroundings(settings))

/** Ids of the signals that were published. */
export const observedOn = (bus: Bus): ReadonlySet<string> =>
  new Set(bus.events().flatMap((event) => (event._tag === "Observed" ? [event.signal.id as string] : [])))

/** Ids of the signals that were published, or taken back. */
export const toldOn = (bus: Bus): ReadonlySet<string> =>
  new Set([
    ...observedOn(bus),
    ...bus.events().flatMap((event) => (event._tag !== "Observed" && event.target._tag === "Signal" ? [event.target.id as string] : [])),
  ])

/** Asks in real time until it is so. */
export const until = <E, R>(what: string, condition: Effect.Effect<boolean, E, R>) =>
  Effect.flatMap(Effect.orDie(condition), (met) => (met ? Effect.void : Effect.fail("not yet"))).pipe(
    Effect.retry(Schedule.spaced("100 millis")),
    Effect.timeoutOrElse({ duration: "50 seconds", orElse: () => Effect.die(`not seen: ${what}`) }),
  )
