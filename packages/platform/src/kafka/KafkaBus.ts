import type { BusTopic } from "@signalflow/domain/bus/BusTopic"
import { withinLimit } from "@signalflow/domain/bus/RecordLimit"
import { BusError, type Delivery, type Gap, SignalConsumer, SignalPublisher, type Start } from "@signalflow/domain/bus/SignalBus"
import { Context, Effect, Exit, Layer, Scope, Stream } from "effect"
import { randomUUID } from "node:crypto"
import { backoff } from "../flow/Backoff.ts"
import { reopening } from "../flow/Reopening.ts"
import type { BusMeter } from "../telemetry/Metrics.ts"
import { KafkaDriver, type KafkaError, nameOf } from "./KafkaDriver.ts"
import * as KafkaGroups from "./KafkaGroups.ts"
import { unread } from "./KafkaLag.ts"
import type { KafkaOptions } from "./KafkaOptions.ts"
import * as KafkaPublishing from "./KafkaPublishing.ts"
import * as KafkaReading from "./KafkaReading.ts"
import * as KafkaTopics from "./KafkaTopics.ts"

export interface KafkaBusOptions extends KafkaOptions {
  /** Called when reading stalls, with the reason, and when it resumes. */
  readonly onState?: (state: "ok" | "down", why?: string) => Effect.Effect<void>
  readonly meter?: BusMeter
}

type Pull = Effect.Effect<readonly [Delivery, ...Array<Delivery>], KafkaError>

const busError =
  (operation: BusError["operation"], about: string) =>
  (cause: KafkaError | BusError): BusError =>
    cause._tag === "BusError" ? cause : new BusError({ operation, message: `${about}: ${cause.message}`, cause })

const warnOfGap = ({ topic, partition, from, to }: Gap) =>
  Effect.logWarning(`Offsets ${from} to ${to} of ${topic}, partition ${partition}, are no longer kept`)

const logState = (state: "ok" | "down", why?: string) =>
  state === "down" ? Effect.logWarning(`Reading from Kafka stalled: ${why}`) : Effect.logDebug("Reading from Kafka")

const retries = backoff("5 seconds")

/** Waits for brokers that do not answer, and says which; any other trouble is an error. */
const patiently = (onState: NonNullable<KafkaBusOptions["onState"]>) => {
  const waiting = new Map<object, string>()
  /** Told once, however many wait for the same. */
  const isNew = (why: string) => ![...waiting.values()].includes(why)
  return <A, R>(effect: Effect.Effect<A, KafkaError, R>): Effect.Effect<A, KafkaError, R> =>
    Effect.suspend(() => {
      const key = {}
      return effect.pipe(
        Effect.tapError(({ kind, message }) => {
          if (kind !== "unreachable") return Effect.void
          const told = isNew(message) ? onState("down", message) : Effect.void
          waiting.set(key, message)
          return told
        }),
        Effect.retry({ while: ({ kind }) => kind === "unreachable", schedule: retries }),
        Effect.ensuring(Effect.suspend(() => (waiting.delete(key) && waiting.size === 0 ? onState("ok") : Effect.void))),
      )
    })
}

/** Only the library that is used is loaded. */
export const driverOf = (options: KafkaOptions): Effect.Effect<Layer.Layer<KafkaDriver, KafkaError>> =>
  Effect.promise(async () =>
    options.client === "kafkajs"
      ? (await import("./kafkajs/KafkaJs.ts")).layer(options)
      : (await import("./platformatic/Platformatic.ts")).layer(options),
  )

const connect = (options: KafkaOptions, scope: Scope.Scope) =>
  Effect.gen(function* () {
    const attempt = yield* Scope.fork(scope)
    const context = yield* Layer.buildWithScope(yield* driverOf(options), attempt).pipe(
      Effect.onError(() => Scope.close(attempt, Exit.void)),
    )
    return Context.get(context, KafkaDriver)
  })

const make = (options: KafkaBusOptions) =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const onState = options.onState ?? logState
    const waiting = patiently(onState)
    const driver = yield* waiting(connect(options, scope))
    const ensure = KafkaTopics.make(driver, { retention: options.retention ?? "72 hours", replicas: options.replicas })
    const register = KafkaGroups.make(driver)
    const send = KafkaPublishing.make(driver, scope)
    yield* waiting(ensure(options.topics ?? []))

    /** Begins anew after every failure: what was not acknowledged comes again, the stream does not end. */
    const resilient = (open: Effect.Effect<Pull, KafkaError, Scope.Scope>): Stream.Stream<Delivery, KafkaError> =>
      reopening(open, onState, ({ message }) => message, retries)

    /** Where each partition begins, within what is kept; `onGap` hears of what is not. */
    const placesOf = (topics: ReadonlyArray<BusTopic>, from: Start | undefined, onGap: (gap: Gap) => Effect.Effect<void>) =>
      Effect.gen(function* () {
        const places = new Map<string, number>()
        for (const { name: topic } of topics) {
          if (typeof from === "number") {
            for (const { partition, offset } of yield* driver.offsetsAt(topic, from)) places.set(nameOf({ topic, partition }), offset)
            continue
          }
          for (const { partition, low, high } of yield* driver.bounds(topic)) {
            const asked = from?.offsets.find((place) => place.topic === topic && place.partition === partition)?.offset
            const at = from === undefined ? high : Math.min(asked ?? low, high)
            if (at < low) yield* onGap({ topic, partition, from: at, to: low })
            places.set(nameOf({ topic, partition }), Math.max(at, low))
          }
        }
        return places
      })

    return Context.make(SignalPublisher, {
      publish: (records) =>
        withinLimit(records).pipe(
          Effect.andThen(ensure([...new Map(records.map(({ topic }) => [topic.name, topic])).values()])),
          Effect.andThen(send(records)),
          Effect.mapError(busError("publish", `${records.length} records were not published`)),
        ),
    }).pipe(
      Context.add(SignalConsumer, {
        register: ({ group, topics }) =>
          ensure(topics).pipe(
            Effect.andThen(register(group, topics)),
            Effect.mapError(busError("register", `Group ${group} was not registered`)),
          ),
        deliveries: ({ group, topics, maxInFlight, onGap }) =>
          Stream.unwrap(
            Effect.as(
              waiting(ensure(topics)),
              resilient(
                Effect.andThen(
                  register(group, topics),
                  KafkaReading.open(driver, {
                    group,
                    topics: topics.map(({ name }) => name),
                    maxInFlight: maxInFlight ?? 2_000,
                    meter: options.meter,
                    onState,
                    onGap:
                      onGap ??
                      (({ topic, partition, from, to }) =>
                        Effect.logWarning(
                          `Group ${group} was gone too long: ${topic}, partition ${partition}, lost offsets ${from} to ${to}`,
                        )),
                  }),
                ),
              ),
            ),
          ).pipe(Stream.mapError(busError("consume", "Reading stopped"))),
        tail: (topics, from) =>
          Stream.unwrap(
            Effect.gen(function* () {
              const since = typeof from === "number" ? from : 0
              const onGap = typeof from === "object" ? (from.onGap ?? warnOfGap) : () => Effect.void
              yield* waiting(ensure(topics))
              const places = yield* placesOf(topics, from, onGap)
              const open = Effect.suspend(() =>
                KafkaReading.open(driver, {
                  group: `${options.clientId ?? "signalflow"}.tail.${randomUUID()}`,
                  topics: topics.map(({ name }) => name),
                  maxInFlight: Infinity,
                  onGap,
                  places,
                }),
              )
              return Stream.filter(resilient(open), ({ publishedAt }) => publishedAt >= since)
            }),
          ).pipe(Stream.mapError(busError("tail", "Reading stopped"))),
        // Kafka deletes no single message: a topic keeps its messages for its retention, and what was removed goes with them.
        forget: () => Effect.void,
        unread: (group) => Effect.mapError(unread(driver, group), busError("consume", `The backlog of ${group} is not known`)),
      }),
    )
  })

/** The bus in Kafka, for a fleet. It waits for brokers that do not answer yet. Topics are made as they are needed; messages go by expiry alone, so `forget` does nothing. */
export const layer = (options: KafkaBusOptions): Layer.Layer<SignalPublisher | SignalConsumer, KafkaError> =>
  Layer.effectContext(make(options))
