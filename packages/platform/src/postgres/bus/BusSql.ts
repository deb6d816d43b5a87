import * as PgClient from "@effect/sql-pg/PgClient"
import type { BusTopic } from "@signalflow/domain/bus/BusTopic"
import { BusError } from "@signalflow/domain/bus/SignalBus"
import { Effect, type Scope } from "effect"
import { backoff } from "../../flow/Backoff.ts"
import * as Reactivity from "effect/reactivity/Reactivity"
import type { SqlError } from "effect/sql/SqlError"
import { describe } from "../Sql.ts"

/** Every publish notifies it; readers listen. */
export const CHANNEL = "signalflow_bus"

/** What PostgreSQL's text can hold of a key or a value: everything but NUL. */
export const storableText = (text: string): string => (text.includes("\u0000") ? text.replaceAll("\u0000", "\ufffd") : text)

export const busError =
  (operation: BusError["operation"], about: string) =>
  (cause: SqlError): BusError =>
    new BusError({ operation, message: `${about}: ${describe(cause)}`, cause })

/** All partitions of these topics, as two columns. */
export const partitionsOf = (
  topics: ReadonlyArray<BusTopic>,
): { readonly topics: ReadonlyArray<string>; readonly partitions: ReadonlyArray<number> } => {
  const places = topics.flatMap((topic) => Array.from({ length: topic.partitions }, (_, partition) => ({ topic: topic.name, partition })))
  return { topics: places.map(({ topic }) => topic), partitions: places.map(({ partition }) => partition) }
}

/**
 * A connection of its own, outside the pool, for what must live on one session. It walks indexes whatever the statistics say of a
 * table that was filled a moment ago, so that a read costs the same with any backlog.
 */
export const dedicated = (sql: PgClient.PgClient, name: string): Effect.Effect<PgClient.PgClient, SqlError, Scope.Scope> =>
  PgClient.makeClient({
    ...sql.config,
    multiplex: false,
    applicationName: `${sql.config.applicationName ?? "signalflow"} ${name}`.slice(0, 63),
    startupParameters: { ...sql.config.startupParameters, enable_seqscan: "off", enable_bitmapscan: "off" },
  }).pipe(Effect.provide(Reactivity.layer))

/** 100 ms doubling to 5 s, each jittered. */
export const retries = backoff("5 seconds")
