import { signalsNormalised } from "@signalflow/domain/bus/BusTopic"
import { groups } from "@signalflow/domain/bus/Groups"
import { viewOf } from "@signalflow/domain/api/SignalView"
import { LivePublisher } from "@signalflow/domain/live/LiveFeed"
import type { LiveItem } from "@signalflow/domain/live/LiveFrame"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings, type SettingValues } from "@signalflow/domain/settings/Settings"
import { EVENT_VERSION } from "@signalflow/domain/signals/SignalEvent"
import { ackAll, type BusError, type Delivery, SignalConsumer } from "@signalflow/domain/bus/SignalBus"
import { type LastObservation, VelocityCache } from "@signalflow/domain/VelocityCache"
import { backoff } from "@signalflow/platform/flow/Backoff"
import * as Patience from "@signalflow/platform/flow/Patience"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Clock, Effect, Schedule, Stream } from "effect"
import { type Batch, type DeliveredEvent, observedIds, prepare, readTexts } from "./Batch.ts"
import { decide, scopeOf } from "./Decide.ts"
import type { Announcement, Decision, Scoring } from "./Decision.ts"
import type { DeadLettersError, Letter } from "../deadletters/DeadLetters.ts"
import { removedAuthors, settingAside } from "../deadletters/SettingAside.ts"
import { gracefully } from "@signalflow/platform/flow/GracefulStop"
import { type Reader, readerOf } from "../reading/LazyReading.ts"
import { emptySnapshot } from "../reading/Reading.ts"
import { emptyReference } from "../scoring/Heat.ts"
import { type Score, score } from "../scoring/Scores.ts"
import { SignalStore, type SignalStoreError } from "../store/SignalStore.ts"
import { wrongClocks } from "./ClockSkew.ts"

/** What processing reads; a bus keeps messages for it from the moment this is registered. */
export const subscription = { group: groups.process, topics: [signalsNormalised] }

const isTransient = (error: SignalStoreError | DeadLettersError | BusError): boolean => error._tag === "BusError" || error.transient

const STALLED = "stalled"

/** How long a batch under way may take to end once the program is asked to stop. */
const STOP_GRACE_MS = 5_000

const thresholdsOf = (settings: SettingValues) => ({
  velocityHigh: settings.TRENDING_VELOCITY_HIGH,
  velocityLow: settings.TRENDING_VELOCITY_LOW,
  sentimentMin: settings.TRENDING_SENTIMENT_MIN,
  commentMin: settings.TRENDING_COMMENT_MIN,
})

/** How texts are read and counts are scored, and whether the live feed hears of it. */
export interface Enrichment {
  readonly reader: Reader
  readonly score: Score
  readonly announces: boolean
}

const liveItemOf = (item: Announcement): LiveItem => (item._tag === "Signal" ? { _tag: "Signal", signal: viewOf(item.signal) } : item)

const make = Effect.fnUntraced(function* ({ reader, score, announces }: Enrichment) {
  const settings = yield* Settings
  const consumer = yield* SignalConsumer
  const store = yield* SignalStore
  const aside = yield* settingAside
  const live = yield* LivePublisher
  const cache = yield* VelocityCache
  const readiness = yield* Readiness
  const metrics = yield* Metrics
  const sayWrongClocks = yield* wrongClocks
  const scoring: Scoring = { authorKey: store.authorKey, heat: emptyReference, thresholds: thresholdsOf(settings) }

  /** Waits transient trouble out with nothing acknowledged; what can never succeed fails. */
  const patiently = <A, E extends SignalStoreError | DeadLettersError | BusError>(effect: Effect.Effect<A, E>) =>
    Effect.provideService(
      Patience.patiently<E>({ name: "process", state: "down", what: STALLED, while: isTransient, schedule: backoff() })(effect),
      Readiness,
      readiness,
    )

  /** A batch that could not be written counts as one that failed, each time that it is tried. */
  const attempted = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.flatMap(Clock.currentTimeMillis, (startedAt) =>
      Effect.tapError(effect, () => Effect.map(Clock.currentTimeMillis, (now) => metrics.batch("error", (now - startedAt) / 1_000))),
    )

  const setAside = Effect.fn("Pipeline.setAside")(function* (letters: ReadonlyArray<Letter>) {
    if (letters.length === 0) return
    yield* patiently(aside.write(letters))
    metrics.deadLetters(letters.length)
    for (const letter of letters) metrics.count("process", "failed", platformOf(letter.delivery.key), 1, letter.errorClass)
    yield* Effect.logWarning(`${letters.length} message(s) set aside as dead letters; the first: ${letters[0]!.error}`)
  })

  /** Stores events; where they can never be stored together, halves them until the one that spoils them stands alone. */
  const write = (
    events: ReadonlyArray<DeliveredEvent>,
  ): Effect.Effect<ReadonlyArray<Decision>, SignalStoreError | DeadLettersError | BusError> => {
    if (events.length === 0) return Effect.succeed([])
    return patiently(attempted(store.transact(scopeOf(events), decide(events, scoring, score)))).pipe(
      Effect.map((decision) => [decision]),
      Effect.catch((error) => {
        if (error.transient || (error._tag === "SignalStoreError" && !error.ofData)) return Effect.fail(error)
        if (events.length === 1)
          return Effect.as(setAside([{ delivery: events[0]!.delivery, errorClass: "permanent", error: error.message }]), [])
        const middle = events.length >> 1
        return Effect.zipWith(write(events.slice(0, middle)), write(events.slice(middle)), (first, second) => [...first, ...second])
      }),
    )
  }

  /** A removed text must not live on in the bus or among the dead letters; the removal itself stays for the other groups. */
  const forget = (gone: ReadonlyArray<string>, events: ReadonlyArray<DeliveredEvent>) => {
    const authors = removedAuthors(events)
    if (gone.length + authors.length === 0) return Effect.void
    const before = new Map<string, number>()
    for (const { event, delivery } of events)
      if (event._tag === "Removed") before.set(delivery.key, delivery.offset)
      else if (!before.has(delivery.key)) before.set(delivery.key, delivery.offset + 1)
    // Other posts of a removed author: what was read goes with the next trimming, what was not is dropped when its turn comes.
    const keys = gone.filter((key) => before.has(key)).map((key) => ({ key, before: before.get(key)! }))
    return Effect.andThen(patiently(consumer.forget(signalsNormalised, keys)), patiently(aside.forget({ keys: gone, authors })))
  }

  /** Only what is committed; what was removed goes first, for an author who is back may have brought it again. */
  const remember = (decisions: ReadonlyArray<Decision>) => {
    const gone = decisions.flatMap((decision) => decision.gone)
    const entries = new Map<string, LastObservation>()
    for (const { changes } of decisions)
      for (const { signal } of changes.upserts)
        entries.set(signal.id, { score: signal.score, comments: signal.comments, at: signal.observedAt, textHash: signal.textHash })
    const forgotten = gone.length === 0 ? Effect.void : cache.forget(gone)
    return entries.size === 0 ? forgotten : Effect.andThen(forgotten, cache.advance(entries))
  }

  let liveMissed = 0
  /** A live feed that is unavailable costs its readers frames, which they are told, and the log one line. */
  const announce = (decisions: ReadonlyArray<Decision>) =>
    Effect.forEach(announces ? decisions : [], (decision) => live.publish(decision.live.map(liveItemOf)), { discard: true }).pipe(
      Effect.tap(() => {
        if (liveMissed === 0) return Effect.void
        const back = Effect.logInfo(`The live feed is back; it missed ${liveMissed} batch(es)`)
        liveMissed = 0
        return back
      }),
      Effect.catch((error) => (liveMissed++ === 0 ? Effect.logWarning(`The live feed misses batches: ${error.message}`) : Effect.void)),
    )

  const measure = (batch: Batch, decisions: ReadonlyArray<Decision>, startedAt: number, now: number) => {
    const countAll = (outcome: "received" | "sent", counts: ReadonlyMap<string, number>) => {
      for (const [platform, n] of counts) metrics.count("process", outcome, platform, n)
    }
    countAll(
      "received",
      countBy(batch.deliveries, ({ key }) => platformOf(key)),
    )
    for (const decision of decisions) {
      for (const [reason, n] of decision.dropped) metrics.count("process", "dropped", "", n, reason)
      countAll(
        "sent",
        countBy(decision.changes.upserts, ({ signal }) => signal.platform),
      )
      for (const item of decision.live)
        if (item._tag === "Signal") metrics.endToEnd(item.signal.platform, (now - item.signal.observedAt) / 1_000)
    }
    metrics.batch("ok", (now - startedAt) / 1_000)
  }

  const tooOldFor = (version: number) =>
    Effect.suspend(() => {
      const trouble = readiness.trouble("process")
      const why = `${STALLED}: the bus holds messages of schema version ${version} and this program understands ${EVENT_VERSION}: upgrade it`
      const said = Effect.andThen(Effect.logWarning(why), trouble.say("down", why))
      return Effect.ensuring(Effect.andThen(said, Effect.never), trouble.over)
    })

  /** One batch to its end: rows, then the live feed, then the acknowledgement. */
  const flush = Effect.fn("Pipeline.flush")(function* (batch: Batch) {
    const startedAt = yield* Clock.currentTimeMillis
    yield* setAside(batch.poison)
    yield* sayWrongClocks(batch.aheadMs)
    const decisions = yield* write(batch.events)
    yield* forget(
      decisions.flatMap((decision) => decision.gone),
      batch.events,
    )
    yield* remember(decisions)
    yield* announce(decisions)
    yield* patiently(ackAll(batch.deliveries))
    yield* readiness.report("process", "ok")
    measure(batch, decisions, startedAt, yield* Clock.currentTimeMillis)
  })

  /** What is known of the signals is asked while the batch before is still being written: it may be behind, and only ever saves reading. */
  const readAhead = (deliveries: ReadonlyArray<Delivery>) => {
    const batch = prepare(deliveries, reader)
    return Effect.map(cache.read(observedIds(batch)), (known) => {
      readTexts(batch, known)
      return batch
    })
  }

  const watchUnread = Effect.flatMap(consumer.unread(groups.process), ({ messages }) =>
    Effect.sync(() => metrics.busUnread(groups.process, signalsNormalised.name, messages)),
  ).pipe(Effect.ignore, Effect.repeat(Schedule.spaced("10 seconds")))

  const pipeline = consumer.deliveries({ ...subscription, maxInFlight: settings.BATCH_SIZE * 4, onGap: warnOfGap }).pipe(
    Stream.bufferArray({ capacity: 2 }),
    Stream.groupedWithin(settings.BATCH_SIZE, settings.BATCH_TIMEOUT),
    Stream.mapEffect(readAhead),
    // One batch is read while another is written, and none waits between them.
    Stream.buffer({ capacity: 0 }),
    Stream.runForEach((batch) => (batch.newerVersion === null ? gracefully(STOP_GRACE_MS)(flush(batch)) : tooOldFor(batch.newerVersion))),
  )
  return Effect.scoped(Effect.andThen(Effect.forkScoped(watchUnread), pipeline))
})

const warnOfGap = (gap: { readonly topic: string; readonly partition: number; readonly from: number; readonly to: number }) =>
  Effect.logWarning(`Messages ${gap.from} to ${gap.to} of ${gap.topic}/${gap.partition} expired before they were processed`)

const AUTHOR = "author:"

const platformOf = (key: string): string => {
  const from = key.startsWith(AUTHOR) ? AUTHOR.length : 0
  const to = key.indexOf(":", from)
  return key.slice(from, to < 0 ? key.length : to)
}

const countBy = <A>(items: ReadonlyArray<A>, of: (item: A) => string): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const item of items) {
    const name = of(item)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

/** Bus → reading → scoring → rows → live → ack, until it is interrupted. */
export const runWith = (enrichment: Enrichment) => Effect.flatten(make(enrichment))

/** As the product reads and scores. */
export const enrichment: Enrichment = { reader: readerOf(emptySnapshot), score, announces: true }

export const run = runWith(enrichment)
