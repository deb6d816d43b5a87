import type { SettingValues } from "@signalflow/domain/settings/Settings"
import type { SourceConfig } from "@signalflow/domain/sources/Source"
import { Effect } from "effect"
import * as Simulator from "../../../simulator/src/Simulator.ts"
import type { SourceAdapter } from "../../src/SourceAdapter.ts"
import { sockets } from "../RealTime.ts"
import type { Upstream } from "./Upstream.ts"

/** A source and the simulated world that it reads. */
export interface Subject {
  readonly adapter: SourceAdapter
  readonly target: SourceConfig
  readonly settings: (port: number) => Partial<SettingValues>
  readonly world?: Simulator.SimulatorOptions
  /** What is published for it to find. */
  readonly publication: Parameters<Simulator.Simulator["publish"]>[0]
  /** What only a running world can tell, in place of the above. */
  readonly place?: (port: number) => Promise<Partial<Pick<Subject, "target" | "publication">>>
  /** The signal that is made of what was published, where the source gives it an id of its own. */
  readonly idOf?: (published: string, target: SourceConfig) => string
}

/** The source's world, with the simulator behind it. */
export const simulated = Effect.fnUntraced(function* (
  subject: Subject,
  options: Simulator.SimulatorOptions,
  passing: (simulator: Simulator.Simulator) => Effect.Effect<void>,
) {
  const simulator = yield* Simulator.make({ port: 0, seed: 9, historyHours: 1, ...subject.world, ...options })
  const placed = subject.place === undefined ? {} : yield* Effect.promise(() => subject.place!(simulator.port))
  const { target, publication, idOf = (id: string) => id } = { ...subject, ...placed }
  const upstream: Upstream = {
    target,
    settings: subject.settings(simulator.port),
    outside: sockets,
    publish: (n) => Effect.sync(() => Array.from({ length: n }, () => idOf(simulator.publish(publication).id, target))),
    retract: (id) => void simulator.retract(id),
    asked: () => Object.values(simulator.requests).reduce((sum, n) => sum + n, 0),
    subscribers: simulator.subscribers,
    slow: (on) => simulator.setFaults(on ? { delayMs: 100 } : {}),
    pass: passing(simulator),
  }
  return { simulator, upstream }
})
