import * as PgClient from "@effect/sql-pg/PgClient"
import { withinLimit } from "@signalflow/domain/bus/RecordLimit"
import { type BusError, type Gap, SignalConsumer, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import { Context, Duration, Effect, Layer, Schedule, type Scope, Stream } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import * as BusConsumer from "./BusConsumer.ts"
import { expire, register, unread } from "./BusGroups.ts"
import * as BusPublishing from "./BusPublishing.ts"
import { busError, CHANNEL, retries } from "./BusSql.ts"
import * as BusTail from "./BusTail.ts"
import { forget, trim } from "./BusTrimming.ts"
import type { BusMeter } from "../../telemetry/Metrics.ts"
import { reopening } from "../../flow/Reopening.ts"
import { describe } from "../Sql.ts"
import * as Wakeups from "./Notifications.ts"

export interface PgBusOptions {
  /** How long a message stays after every group has acknowledged it. Default 1 minute. */
  readonly minAge?: Duration.Input
  /** Topics that are stored although no group has registered for them, and how long; default none. */
  readonly keep?: { readonly topics: ReadonlyArray<string>; readonly age: Duration.Input }
  /** How long a group may be away before nothing is kept for it any more. Default 72 hours. */
  readonly expireAfter?: Duration.Input
  readonly trimEvery?: Duration.Input
  /** Longest that a message waits where a notification was lost. Default 250 ms. */
  readonly pollEvery?: Duration.Input
  /** How often a consumer looks whether partitions are to be shared anew. Default 1 second. */
  readonly balanceEvery?: Duration.Input
  /** Longest that a partition which is to be shared waits for its acknowledgements. Default 10 seconds. */
  readonly leaveWithin?: Duration.Input
  /** Hears of records that were not stored, because no group has registered for their topic. */
  readonly onDropped?: (topic: string, records: number) => Effect.Effect<void>
  /** Called when reading stalls, with the reason, and when it resumes. */
  readonly onState?: (state: "ok" | "down", why?: string) => Effect.Effect<void>
  readonly meter?: BusMeter
}

const logState = (state: "ok" | "down", why?: string) =>
  state === "down" ? Effect.logWarning(`Reading from the bus stalled: ${why}`) : Effect.logDebug("Reading from the bus")

const warnOfGap = ({ topic, partition, from, to }: Gap) =>
  Effect.logWarning(`Offsets ${from} to ${to} of ${topic}, partition ${partition}, are no longer kept`)

const make = (options: PgBusOptions) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const wakeups = yield* Wakeups.make(sql, CHANNEL)
    const minAge = Duration.fromInputUnsafe(options.minAge ?? "1 minute")
    const expireAfter = Duration.fromInputUnsafe(options.expireAfter ?? "72 hours")
    const pollEvery = Duration.fromInputUnsafe(options.pollEvery ?? "250 millis")
    const balanceEvery = Duration.fromInputUnsafe(options.balanceEvery ?? "1 second")
    const onState = options.onState ?? logState

    const kept = { topics: options.keep?.topics ?? [], age: Duration.fromInputUnsafe(options.keep?.age ?? Duration.zero) }

    const store = BusPublishing.make(sql, options.onDropped ?? (() => Effect.void), kept.topics)

    const clean = Effect.gen(function* () {
      for (const { group, topic } of yield* expire(sql, expireAfter))
        yield* Effect.logWarning(`Group ${group} was not seen for ${Duration.format(expireAfter)}: nothing more is kept for it of ${topic}`)
      yield* trim(sql, minAge, kept)
    }).pipe(Effect.catch((error) => Effect.logWarning(`The bus was not trimmed: ${describe(error)}`)))
    yield* Effect.forkScoped(
      Effect.repeat(clean, Schedule.spaced(options.trimEvery ?? "5 seconds")).pipe(Effect.delay(options.trimEvery ?? "5 seconds")),
    )

    /** Begins anew after every failure: what was not acknowledged comes again, the stream does not end. */
    const resilient = <A>(
      open: Effect.Effect<Effect.Effect<readonly [A, ...Array<A>], SqlError>, SqlError, Scope.Scope>,
    ): Stream.Stream<A, BusError> =>
      reopening(open, onState, describe, retries).pipe(Stream.mapError(busError("consume", "Reading stopped")))

    return Context.make(SignalPublisher, {
      publish: (records) =>
        Effect.andThen(
          withinLimit(records),
          Effect.mapError(store(records), busError("publish", `${records.length} records were not published`)),
        ),
    }).pipe(
      Context.add(SignalConsumer, {
        register: ({ group, topics }) =>
          Effect.mapError(register(sql, group, topics), busError("register", `Group ${group} was not registered`)),
        deliveries: (subscription) =>
          resilient(
            Effect.flatMap(wakeups, (wake) =>
              BusConsumer.open(sql, wake, {
                onGap: ({ topic, partition, from, to }) =>
                  Effect.logWarning(
                    `Group ${subscription.group} was gone too long: ${topic}, partition ${partition}, lost offsets ${from} to ${to}`,
                  ),
                ...subscription,
                pollEvery,
                balanceEvery,
                leaveWithinMs: Duration.toMillis(Duration.fromInputUnsafe(options.leaveWithin ?? "10 seconds")),
                seenEvery: Duration.seconds(30),
                meter: options.meter,
              }),
            ),
          ),
        tail: (topics, from) =>
          Stream.unwrap(
            Effect.gen(function* () {
              const wake = yield* wakeups
              const places = yield* Effect.retry(BusTail.start(sql, topics, from), retries)
              const since = typeof from === "number" ? from : 0
              const onGap = typeof from === "object" ? (from.onGap ?? warnOfGap) : () => Effect.void
              return resilient(Effect.succeed(BusTail.next(sql, wake, places, { since, onGap, pollEvery })))
            }),
          ).pipe(Stream.mapError((error) => (error._tag === "BusError" ? error : busError("tail", "Reading stopped")(error)))),
        forget: (topic, keys) =>
          keys.length === 0
            ? Effect.void
            : Effect.asVoid(
                Effect.mapError(forget(sql, topic, keys), busError("forget", `${keys.length} keys of ${topic.name} were not forgotten`)),
              ),
        unread: (group) => Effect.mapError(unread(sql, group), busError("consume", `The backlog of ${group} is not known`)),
      }),
    )
  })

/** The bus in PostgreSQL: a partitioned log with groups, for one machine. Times are the database's. */
export const layer = (options: PgBusOptions = {}): Layer.Layer<SignalPublisher | SignalConsumer, never, PgClient.PgClient> =>
  Layer.effectContext(make(options))
