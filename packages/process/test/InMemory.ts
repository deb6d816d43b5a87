import { groups } from "@signalflow/domain/bus/Groups"
import * as LiveFeed from "@signalflow/domain/live/LiveFeed"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings, type SettingValues } from "@signalflow/domain/settings/Settings"
import { SignalConsumer } from "@signalflow/domain/bus/SignalBus"
import * as SignalBusMemory from "@signalflow/domain/bus/SignalBusMemory"
import { VelocityCache } from "@signalflow/domain/VelocityCache"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, Layer } from "effect"
import { DeadLetters } from "../src/deadletters/DeadLetters.ts"

/** What the pipeline runs on beside a bus, a store and dead letters. */
export const surroundings = (settings: Partial<SettingValues> = {}) =>
  Layer.mergeAll(LiveFeed.layerMemory, VelocityCache.layerMemory, Readiness.layer, Metrics.layerTest, Settings.layerWith(settings))

/** The same with a bus and dead letters. */
export const withBus = (settings?: Partial<SettingValues>) =>
  Layer.mergeAll(surroundings(settings), SignalBusMemory.layerMemory, DeadLetters.layerMemory)

/** How many messages the pipeline has yet to acknowledge. */
export const unread = Effect.flatMap(SignalConsumer, (bus) => Effect.map(bus.unread(groups.process), ({ messages }) => messages))
