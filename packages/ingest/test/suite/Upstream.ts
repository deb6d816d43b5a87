import type { SettingValues } from "@signalflow/domain/settings/Settings"
import type { SourceConfig } from "@signalflow/domain/sources/Source"
import type { Effect, Layer } from "effect"
import type { HttpClient } from "effect/http"
import type { FrameSocket } from "../../src/upstream/FrameSocket.ts"

/** What a source reads in a test of its contract: a simulated world, or recorded bodies that appear one after the other. */
export interface Upstream {
  readonly target: SourceConfig
  readonly settings: Partial<SettingValues>
  readonly outside: Layer.Layer<HttpClient.HttpClient | FrameSocket>
  /** Lets so many more appear and gives the ids of their signals. */
  readonly publish: (n: number) => Effect.Effect<ReadonlyArray<string>>
  readonly retract: (id: string) => void
  /** Requests that were made so far. */
  readonly asked: () => number
  /** Sockets that are open. */
  readonly subscribers: () => number
  /** Requests that an answer is kept back from. */
  readonly slow: (on: boolean) => void
  /** A moment goes by. */
  readonly pass: Effect.Effect<void>
}
