import { Redis as Client } from "ioredis"
import type { RedisAddress } from "./RedisAddress.ts"

/** Longest that a connection may take to open, and an answer to come, in milliseconds. */
const PATIENCE = 2_000
const SLOWEST_RETRY = 2_000

/** A client that keeps nothing for later: what cannot be sent now, or is not answered on this connection, fails. It reconnects for ever. */
export const makeClient = ({ host, port, username, password, tls }: RedisAddress, database: number, failures: () => number): Client =>
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
    retryStrategy: () => Math.min(SLOWEST_RETRY, 50 * 2 ** Math.min(failures(), 10)) * (0.5 + Math.random() / 2),
  })
