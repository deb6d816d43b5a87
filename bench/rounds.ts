import { groups } from "@signalflow/domain/bus/Groups"
import type { Observed } from "@signalflow/domain/signals/SignalEvent"
import { SignalConsumer, SignalPublisher, signalRecord } from "@signalflow/domain/bus/SignalBus"
import * as KafkaBus from "@signalflow/platform/kafka/KafkaBus"
import * as Pipeline from "@signalflow/process/pipeline/Pipeline"
import { Effect, Layer, ManagedRuntime, References } from "effect"
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { cpuOf, rssOf } from "./machine.ts"
import { type Work, workOf, workQuery } from "./peerRecords.ts"
import type { ServerCpu, Servers } from "./servers.ts"
import type { Order, Told, WorkerOptions } from "./worker.ts"

/** What one run over all records took, from the first records in hand on. Milliseconds; `worker` and the servers are CPU. */
export interface Round extends ServerCpu {
  readonly wall: number
  readonly worker: number
  readonly rssMb: number
  readonly work: Work
}

const told = (worker: ChildProcess, what: Told) =>
  new Promise<void>((resolve, reject) => {
    const onMessage = (message: Told) => message === what && end(resolve)
    const onExit = (code: number | null) => end(() => reject(new Error(`the worker ended with ${code}`)))
    const end = (settle: () => void) => {
      worker.off("message", onMessage).off("exit", onExit)
      settle()
    }
    worker.on("message", onMessage).on("exit", onExit)
  })

export const minus = (after: ServerCpu, before: ServerCpu): ServerCpu => ({
  postgres: after.postgres - before.postgres,
  redis: after.redis - before.redis,
  kafka: after.kafka - before.kafka,
})

/** Our bus, for filling and watching it. */
export const startBus = (servers: Servers) => {
  const bus = ManagedRuntime.make(
    KafkaBus.layer({ brokers: [servers.broker] }).pipe(Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "Warn"))),
  )
  return {
    register: () => bus.runPromise(Effect.flatMap(SignalConsumer, (consumer) => consumer.register(Pipeline.subscription))),
    publish: (events: ReadonlyArray<Observed>) =>
      bus.runPromise(
        Effect.gen(function* () {
          const { publish } = yield* SignalPublisher
          for (let i = 0; i < events.length; i += 500) yield* publish(events.slice(i, i + 500).map((event) => signalRecord(event)))
        }),
      ),
    unread: async () => (await bus.runPromise(Effect.flatMap(SignalConsumer, (consumer) => consumer.unread(groups.process)))).messages,
    stop: () => bus.dispose(),
  }
}

/** A worker in a process of its own; `NODE_OPTIONS` reach it. */
export const startWorker = async (servers: Servers, how: Pick<WorkerOptions, "profile" | "client" | "batch">) => {
  const { host, port, username, password } = servers.postgres
  const options: WorkerOptions = {
    ...how,
    brokers: [servers.broker],
    postgres: { host, port, username, password },
    redisUrl: servers.redis.url,
  }
  const worker = fork(new URL("./worker.ts", import.meta.url), [JSON.stringify(options)])
  await told(worker, "ready")
  const order = (what: Order) => worker.send(what)
  return {
    /** So many records as are unread, on this database. */
    round: async (database: string, count: number): Promise<Round> => {
      const first = told(worker, "first")
      const done = told(worker, "done")
      order({ run: database, count })
      await first
      const [began, cpu, others] = [performance.now(), cpuOf(worker.pid!), servers.cpu()]
      await done
      const wall = performance.now() - began
      const used = { worker: cpuOf(worker.pid!) - cpu, ...minus(servers.cpu(), others), rssMb: rssOf(worker.pid!) }
      const stopped = told(worker, "stopped")
      order("stop")
      await stopped
      return { wall, ...used, work: workOf(servers.postgres.psql(workQuery("score_velocity"), database)) }
    },
    stop: async () => {
      const gone = once(worker, "exit")
      if (worker.exitCode !== null) return
      worker.disconnect()
      await gone
    },
  }
}

export type Worker = Awaited<ReturnType<typeof startWorker>>
