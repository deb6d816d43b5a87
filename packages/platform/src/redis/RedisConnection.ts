import { Deferred, Effect, Queue, type Scope } from "effect"
import { Redis as Client } from "ioredis"
import { explain, type RedisAddress } from "./RedisAddress.ts"
import { RedisError } from "./RedisError.ts"
import type { RedisScript } from "./RedisScript.ts"

/** Longest that a connection may take to open, and an answer to come, in milliseconds. */
const PATIENCE = 2_000
const SLOWEST_RETRY = 2_000
/** Commands that may be under way at a time. */
const MAX_IN_FLIGHT = 128

export interface RedisConnection {
  readonly isOpen: () => boolean
  /** Sends at once, in the order of the calls. Fails at once while the connection is away, and with it when it is lost. */
  readonly use: <A>(send: (client: Client) => Promise<A>) => Effect.Effect<A, RedisError>
  /** Runs a script by its digest; its text is sent only where the server does not know it. */
  readonly run: (
    script: RedisScript,
    keys: ReadonlyArray<string>,
    args: ReadonlyArray<string | number>,
  ) => Effect.Effect<unknown, RedisError>
}

export interface ConnectionOptions {
  /** Runs at each connection, before anything else is sent; where it fails, the connection is made anew. */
  readonly onConnect?: (client: Client) => Promise<void>
  /** Runs when it is open for use. */
  readonly onOpen?: () => void
  /** Hears what is published on the channels that `onConnect` subscribes to. */
  readonly onMessage?: (message: string) => void
}

export type OnState = (name: string, state: "ok" | "degraded", why?: string) => Effect.Effect<void>

const clientOf = ({ host, port, username, password, tls }: RedisAddress, database: number, retryIn: () => number) =>
  new Client({
    host,
    port,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
    db: database,
    connectionName: `signalflow-${database}`,
    lazyConnect: true,
    connectTimeout: PATIENCE,
    // The first ends a connection on which something is asked and nothing comes; the second covers signing in.
    socketTimeout: PATIENCE,
    commandTimeout: PATIENCE + 500,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    retryStrategy: retryIn,
  })

export const openConnection = (
  address: RedisAddress,
  name: string,
  database: number,
  onState: OnState,
  { onConnect, onOpen, onMessage }: ConnectionOptions = {},
): Effect.Effect<RedisConnection, never, Scope.Scope> =>
  Effect.gen(function* () {
    const firstAttempt = Deferred.makeUnsafe<void>()
    // The newest state is the one that counts.
    const states = yield* Queue.sliding<string | null>(16)
    let open = false
    let inFlight = 0
    /** Attempts since something was answered: also counts a server that lets us connect and then is silent. */
    let failures = 0
    /** Why it is away; null when it is not, undefined when nobody knows yet. */
    let why: string | null | undefined
    let lastError: unknown

    const client = clientOf(address, database, () => Math.min(SLOWEST_RETRY, 50 * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2))
    const become = (state: string | null) => {
      open = state === null
      if (why !== state) Queue.offerUnsafe(states, (why = state))
      Deferred.doneUnsafe(firstAttempt, Effect.void)
    }
    client.on("error", (error: unknown) => {
      lastError = error
    })
    client.on("close", () => {
      failures += 1
      become(explain(address, lastError))
      lastError = undefined
    })
    client.on("message", (_, message: string) => onMessage?.(message))
    const begin = async () => {
      // The library goes on after a refused SELECT, in the wrong database.
      if (lastError !== undefined) throw lastError
      await onConnect?.(client)
      become(null)
      onOpen?.()
    }
    client.on("ready", () => {
      begin().catch((error: unknown) => {
        lastError = error
        client.disconnect(true)
      })
    })

    const isOpen = () => open && client.status === "ready"
    const use = <A>(send: (client: Client) => Promise<A>): Effect.Effect<A, RedisError> =>
      Effect.callback((resume) => {
        const refuse = (message: string) => resume(Effect.fail(new RedisError({ message })))
        if (!isOpen()) return refuse(why ?? `${name} is not connected`)
        if (inFlight >= MAX_IN_FLIGHT) return refuse(`${name} is too slow: ${inFlight} commands are under way`)
        inFlight += 1
        send(client).then(
          (answer) => {
            inFlight -= 1
            failures = 0
            resume(Effect.succeed(answer))
          },
          (error: unknown) => {
            inFlight -= 1
            refuse(explain(address, client.status === "ready" ? error : (lastError ?? error)))
          },
        )
      })

    const report = (state: string | null, before: string | null | undefined) => {
      if (state !== null)
        return Effect.andThen(Effect.logWarning(`${name} is away and tried again: ${state}`), onState(name, "degraded", state))
      const back = typeof before === "string" ? Effect.logInfo(`${name} is back`) : Effect.void
      return Effect.andThen(back, onState(name, "ok"))
    }
    let reported: string | null | undefined
    yield* Queue.take(states).pipe(
      Effect.flatMap((state) => {
        const before = reported
        reported = state
        return report(state, before)
      }),
      Effect.forever,
      Effect.forkScoped({ startImmediately: true }),
    )

    yield* Effect.acquireRelease(
      Effect.sync(() => void client.connect().catch(() => {})),
      () =>
        Effect.sync(() => {
          open = false
          client.disconnect()
        }),
    )
    yield* Deferred.await(firstAttempt)

    return {
      isOpen,
      use,
      run: ({ lua, digest }, keys, args) =>
        use((client) =>
          client
            .call("evalsha", [digest, keys.length, ...keys, ...args])
            .catch((error: Error) =>
              error.message.startsWith("NOSCRIPT") ? client.call("eval", [lua, keys.length, ...keys, ...args]) : Promise.reject(error),
            ),
        ),
    }
  })
