import { Deferred, Effect, type Scope } from "effect"
import type { Redis as Client } from "ioredis"
import { explain, type RedisAddress } from "./RedisAddress.ts"
import { makeClient } from "./RedisClient.ts"
import { RedisError } from "./RedisError.ts"
import type { RedisScript } from "./RedisScript.ts"
import { type OnState, reportStates } from "./RedisStates.ts"

/** Commands that may be under way at a time. */
const MAX_IN_FLIGHT = 128

export interface RedisConnection {
  readonly isOpen: () => boolean
  /** Sends at once, in the order of the calls. Fails at once while the connection is unavailable, and with it when it is lost. */
  readonly use: <A>(send: (client: Client) => Promise<A>) => Effect.Effect<A, RedisError>
  /** Runs a script by its digest; its text is sent only where the server does not know it. A refusal is a change of state. */
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

export const openConnection = (
  address: RedisAddress,
  name: string,
  database: number,
  onState: OnState,
  { onConnect, onOpen, onMessage }: ConnectionOptions = {},
): Effect.Effect<RedisConnection, never, Scope.Scope> =>
  Effect.gen(function* () {
    const tell = yield* reportStates(name, onState)
    const firstAttempt = Deferred.makeUnsafe<void>()
    let open = false
    let why = `${name} is not connected yet`
    let lastError: unknown
    let inFlight = 0
    /** Attempts since something was answered: also counts a server that lets us connect and then is silent. */
    let failures = 0
    /** Scripts that the server refused when they were last run, for want of memory or of rights. */
    const refused = new Set<string>()

    const client = makeClient(address, database, () => failures)
    client.on("error", (error: unknown) => {
      lastError = error
    })
    client.on("close", () => {
      open = false
      failures += 1
      why = explain(address, lastError)
      lastError = undefined
      tell(why)
      Deferred.doneUnsafe(firstAttempt, Effect.void)
    })
    client.on("message", (_, message: string) => onMessage?.(message))
    const begin = async () => {
      // The library goes on after a refused SELECT, in the wrong database.
      if (lastError !== undefined) throw lastError
      await onConnect?.(client)
      open = true
      refused.clear()
      tell(null)
      Deferred.doneUnsafe(firstAttempt, Effect.void)
      onOpen?.()
    }
    client.on("ready", () => {
      begin().catch((error: unknown) => {
        lastError = error
        client.disconnect(true)
      })
    })

    const isOpen = () => open && client.status === "ready"

    const send = <A>(command: (client: Client) => Promise<A>, digest?: string): Effect.Effect<A, RedisError> =>
      Effect.callback((resume) => {
        const fail = (message: string) => resume(Effect.fail(new RedisError({ message })))
        if (!isOpen()) return fail(why)
        if (inFlight >= MAX_IN_FLIGHT) return fail(`${name} is too slow: ${inFlight} commands are under way`)
        inFlight += 1
        command(client).then(
          (answer) => {
            inFlight -= 1
            failures = 0
            if (digest !== undefined && refused.delete(digest) && refused.size === 0) tell(null)
            resume(Effect.succeed(answer))
          },
          (error: unknown) => {
            inFlight -= 1
            const lost = !isOpen()
            const message = lost && lastError === undefined ? why : explain(address, lost ? lastError : error)
            if (!lost && digest !== undefined) {
              refused.add(digest)
              tell(message)
            }
            fail(message)
          },
        )
      })

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
      use: (command) => send(command),
      run: ({ lua, digest }, keys, args) =>
        send(
          (client) =>
            client
              .call("evalsha", [digest, keys.length, ...keys, ...args])
              .catch((error: Error) =>
                error.message.startsWith("NOSCRIPT") ? client.call("eval", [lua, keys.length, ...keys, ...args]) : Promise.reject(error),
              ),
          digest,
        ),
    }
  })
