import type { Settings } from "@signalflow/domain/settings/Settings"
import { ServerError, urlHost } from "@signalflow/server/http/Listening"
import { Effect } from "effect"
import { Failed } from "../print/Failed.ts"
import { ask } from "./Ask.ts"
import { programs } from "./Beside.ts"
import { nameOf } from "./Sentence.ts"

const PORTS = ["PORT", "METRICS_PORT"] as const

const isHealth = (body: string | null): boolean => body !== null && /^\{"status":"ok","version":"[^"]+","uptimeSeconds":/.test(body)

/** Who of ours listens on a port: a program of the same directories by its marker, another by what it says; null: somebody else. */
const holderOf = (host: string, port: number, settings: Settings["Service"]) =>
  Effect.gen(function* () {
    const known = programs(settings).find((program) => PORTS.some((name) => program.settings[name] === String(port)))
    if (known !== undefined) return `${nameOf(known.kind)} (pid ${known.pid}, ${known.directory})`
    const name = urlHost(host)
    const health = yield* ask({ host: name.replace(/^\[|\]$/g, ""), port, name: `${name}:${port}`, path: "/health" })
    return isHealth(health) ? "another SignalFlow, of another data directory" : null
  })

/** The same failure, or one that names the program of ours that has the port. */
const named = <E>(error: E, given: Settings["Service"]): Effect.Effect<E | Failed> => {
  const cause = error instanceof ServerError ? (error.cause as NodeJS.ErrnoException & { readonly port?: number }) : undefined
  if (cause?.code !== "EADDRINUSE" || cause.port === undefined) return Effect.succeed(error)
  const { message } = error as ServerError
  return Effect.map(holderOf(given.HOST, cause.port, given), (holder) =>
    holder === null ? error : new Failed({ message: message.replace("by another program: stop it", `by ${holder}: stop that program`) }),
  )
}

/** Names the program that has the port, if it is one of ours. `given`: the settings before a demo changed them. */
export const namingHolder =
  (given: Settings["Service"]) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | Failed, R> =>
    Effect.catch(effect, (error) => Effect.flatMap(named(error, given), (told) => Effect.fail<E | Failed>(told)))
