import { type DeadLetter, PARK_AFTER } from "@signalflow/domain/deadletters/DeadLetter"
import { toReplay } from "@signalflow/domain/deadletters/DeadLetterRecord"
import { sourceTopics } from "@signalflow/domain/deadletters/DeadLetterTopics"
import type { Replayed } from "@signalflow/domain/api/DeadLetters"
import { Settings } from "@signalflow/domain/settings/Settings"
import { BusError, type BusRecord, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import { transactionOn } from "@signalflow/platform/postgres/Postgres"
import * as Sql from "@signalflow/platform/postgres/Sql"
import { Clock, Context, Effect, Layer, Result, Schema, Semaphore } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { conditions, decodeRows, letterOf, type LetterFilter, wholeColumns } from "./DeadLetterRows.ts"

/** The bus did not take them; they stand as they were, with the class `transient`. What was replayed before is replayed. */
export class ReplayFailed extends Schema.TaggedError<ReplayFailed>()("ReplayFailed", {
  message: Schema.String,
  replayed: Schema.Array(Schema.Int),
  cause: Schema.Defect(),
}) {}

/** Letters of one transaction: they are locked, and in memory. */
const CHUNK = 100
const CHUNK_BYTES = 8_000_000
/** Longest that letters are held for the bus; an idle transaction is ended after a minute. */
const PATIENCE = "20 seconds"

interface Refusal {
  readonly id: number
  readonly why: string
}

/** Sends dead letters to the topics that they came from. */
export class Replays extends Context.Service<
  Replays,
  {
    /** Those of these ids; `force` also what is parked, or was replayed and has not failed since. */
    readonly byId: (
      ids: ReadonlyArray<number>,
      options?: { readonly force?: boolean },
    ) => Effect.Effect<Omit<Replayed, "left">, ReplayFailed | SqlError>
    /** Those that wait, the oldest first; never what is parked. Each once, also when it fails again at once. */
    readonly all: (filter: Omit<LetterFilter, "parked">, limit: number) => Effect.Effect<Replayed, ReplayFailed | SqlError>
  }
>()("@signalflow/server/Replays") {
  static readonly layer = Layer.effect(
    Replays,
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const publisher = yield* SignalPublisher
      const topics = new Map(sourceTopics(yield* Settings).map((topic) => [topic.name, topic]))
      // A replay holds one connection and may want another for the bus.
      const one = Semaphore.makeUnsafe(1)

      const refusalOf = (letter: DeadLetter, force: boolean): string | null => {
        if (letter.altered !== null) return `its message is not whole (${letter.altered})`
        if (!topics.has(letter.topic)) return `nothing is replayed to ${letter.topic}`
        if (force) return null
        if (letter.parkedAt !== null) return `it is parked: its replay failed ${PARK_AFTER} times, the last time with: ${letter.error}`
        if (letter.replayedAt !== null) return `it was replayed at ${new Date(letter.replayedAt).toISOString()} and has not failed since`
        return null
      }

      const publish = (records: ReadonlyArray<BusRecord>) =>
        publisher.publish(records).pipe(
          Effect.timeoutOrElse({
            duration: PATIENCE,
            orElse: () =>
              Effect.fail(new BusError({ operation: "publish", message: `the bus did not answer within ${PATIENCE}`, cause: "timeout" })),
          }),
        )

      /**
       * Publishes, and marks after it, under the rows' locks: a crash between the two leaves letters that are open, and a second replay of
       * what is processed changes nothing; marking first could lose them. Nobody else replays a locked letter meanwhile.
       */
      const send = Effect.fnUntraced(function* (letters: ReadonlyArray<DeadLetter>) {
        let left = letters
        const refused: Array<Refusal> = []
        let failure: BusError | null = null
        while (left.length > 0 && failure === null) {
          const published = yield* Effect.result(
            publish(left.map((letter) => toReplay(letter, topics.get(letter.topic)!, letter.replays + 1))),
          )
          if (Result.isSuccess(published)) break
          const never = new Set(published.failure.refused?.map(({ index }) => index))
          if (never.size === 0) failure = published.failure
          // What the bus will never take must not hold up the others.
          for (const index of never) refused.push({ id: left[index]!.id, why: `the bus does not take it: ${published.failure.message}` })
          left = left.filter((_, index) => !never.has(index))
        }
        yield* mark(
          left.map(({ id }) => id),
          failure,
        )
        return { sent: left.map(({ id }) => id), refused, failure }
      })

      const mark = Effect.fnUntraced(function* (given: ReadonlyArray<number>, failure: BusError | null) {
        if (given.length === 0) return
        const now = new Date(yield* Clock.currentTimeMillis)
        const ids = Sql.int8(given)
        if (failure === null)
          return yield* sql`update dlq_events set replayed_at = ${now}, replays = replays + 1, parked_at = null where id = any(${ids}::bigint[])`
        const why = `it could not be replayed: ${failure.message}`.slice(0, 1_000)
        return yield* sql`update dlq_events set error_class = 'transient', error = ${why}, attempts = attempts + 1, last_failed_at = ${now}
          where id = any(${ids}::bigint[])`
      })

      /** One transaction: locks these letters, passing over those that somebody else holds, and sends those that may be sent. */
      const chunk = (ids: ReadonlyArray<number>, force: boolean) =>
        transactionOn(sql)(
          Effect.gen(function* () {
            const raw = yield* sql`
              select ${sql.literal(wholeColumns)} from dlq_events where id = any(${Sql.int8(ids)}::bigint[]) and discarded_at is null order by id for update skip locked`
            const letters = (yield* decodeRows(raw).pipe(Effect.orDie)).map(letterOf)
            const held = new Set(letters.map(({ id }) => id))
            const refused: Array<Refusal> = ids
              .filter((id) => !held.has(id))
              .map((id) => ({ id, why: "somebody else is replaying it now" }))
            const open: Array<DeadLetter> = []
            for (const letter of letters) {
              const why = refusalOf(letter, force)
              if (why === null) open.push(letter)
              else refused.push({ id: letter.id, why })
            }
            const { sent, failure, ...bus } = yield* send(open)
            return { refused: [...refused, ...bus.refused], sent, failure }
          }),
        )

      /** As many of the first ids as one transaction takes; those that nothing has count as well. */
      const fitting = Effect.fnUntraced(function* (ids: ReadonlyArray<number>) {
        const rows = yield* sql<{ id: bigint; bytes: number }>`
          select id, octet_length(payload) as bytes from dlq_events where id = any(${Sql.int8(ids)}::bigint[]) and discarded_at is null`
        const sizes = new Map(rows.map(({ id, bytes }) => [Number(id), bytes]))
        let bytes = 0
        const end = ids.findIndex((id) => (bytes += sizes.get(id) ?? 0) > CHUNK_BYTES)
        const taken = end < 0 ? ids : ids.slice(0, Math.max(1, end))
        return { taken, there: taken.filter((id) => sizes.has(id)), missing: taken.filter((id) => !sizes.has(id)) }
      })

      const replay = Effect.fnUntraced(function* (ids: ReadonlyArray<number>, force: boolean) {
        const replayed: Array<number> = []
        const refused: Array<Refusal> = []
        let left = [...new Set(ids)].sort((a, b) => a - b)
        while (left.length > 0) {
          const { taken, there, missing } = yield* fitting(left.slice(0, CHUNK))
          left = left.slice(taken.length)
          for (const id of missing) refused.push({ id, why: MISSING })
          if (there.length === 0) continue
          const done = yield* one.withPermit(chunk(there, force))
          if (done.failure !== null)
            return yield* new ReplayFailed({
              message: `${done.sent.length} letter(s) were not replayed, and stay: ${done.failure.message}`,
              replayed,
              cause: done.failure,
            })
          replayed.push(...done.sent)
          refused.push(...done.refused)
        }
        return { replayed, refused }
      })

      const open = (filter: LetterFilter) =>
        sql.and([
          ...conditions(sql, { ...filter, parked: false }),
          sql`replayed_at is null`,
          sql`altered is null`,
          sql`topic = any(${Sql.text([...topics.keys()])}::text[])`,
        ])

      return Replays.of({
        byId: Effect.fn("Replays.byId")((ids, options) => replay(ids, options?.force ?? false)),
        all: Effect.fn("Replays.all")(function* (filter, limit) {
          const found = yield* sql<{ id: bigint; total: number }>`
            select id, count(*) over ()::int as total from dlq_events where ${open(filter)} order by id limit ${limit}`
          const done = yield* replay(
            found.map(({ id }) => Number(id)),
            false,
          )
          return { ...done, left: Math.max(0, (found[0]?.total ?? 0) - found.length) }
        }),
      })
    }),
  )
}

/** Why an id that nothing has is not replayed. */
export const MISSING = "there is no such dead letter"
