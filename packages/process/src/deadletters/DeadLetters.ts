import * as PgClient from "@effect/sql-pg/PgClient"
import { signalsNormalised } from "@signalflow/domain/bus/BusTopic"
import { type DeadLetterClass, PARK_AFTER } from "@signalflow/domain/deadletters/DeadLetter"
import type { DeadLetterRecord } from "@signalflow/domain/deadletters/DeadLetterRecord"
import type { Delivery } from "@signalflow/domain/bus/SignalBus"
import { isTransient, transactionOn } from "@signalflow/platform/postgres/Postgres"
import * as Sql from "@signalflow/platform/postgres/Sql"
import { Context, Effect, Layer, Schema } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { tombstoneKeys } from "../store/AuthorKey.ts"
import { authorsIn } from "./AuthorsIn.ts"
import { runsOf } from "./Runs.ts"
import type { Author } from "../store/SignalStore.ts"

export class DeadLettersError extends Schema.TaggedError<DeadLettersError>()("DeadLettersError", {
  message: Schema.String,
  transient: Schema.Boolean,
  cause: Schema.Defect(),
}) {}

/** A delivery that can never be processed, and why. */
export interface Letter {
  readonly delivery: Delivery
  readonly errorClass: DeadLetterClass
  readonly error: string
}

/** What is gone, and so must its letters be. */
export interface Gone {
  /** Signal ids. */
  readonly keys: ReadonlyArray<string>
  readonly authors: ReadonlyArray<Author>
}

/** Where messages go that nothing can be done with; unique by the source's topic, partition and offset, so that the same one twice is one row. */
export class DeadLetters extends Context.Service<
  DeadLetters,
  {
    /** Answers what was kept: nothing is of a signal or an author that was deleted. */
    readonly write: (records: ReadonlyArray<DeadLetterRecord>) => Effect.Effect<ReadonlyArray<DeadLetterRecord>, DeadLettersError>
    /** Deletes the letters of what is gone: a removed text must not live on here. Answers their keys. */
    readonly forget: (gone: Gone) => Effect.Effect<ReadonlyArray<string>, DeadLettersError>
    /** Letters that wait for somebody, and those that were given up. */
    readonly count: Effect.Effect<{ readonly open: number; readonly parked: number }, DeadLettersError>
  }
>()("@signalflow/process/deadletters/DeadLetters") {
  static readonly layer = Layer.effect(
    DeadLetters,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const { author: hash, signal: signalHash } = yield* tombstoneKeys(sql)
      const failing = <A>(effect: Effect.Effect<A, SqlError>) =>
        Effect.mapError(effect, (cause) => new DeadLettersError({ message: Sql.describe(cause), transient: isTransient(cause), cause }))

      /** Shared by writers, held alone by who forgets: a letter that is written beside a removal sees it, or is seen by it. */
      const writing = sql`select pg_advisory_xact_lock_shared(${LETTERS}::bigint)`
      const forgetting = sql`select pg_advisory_xact_lock(${LETTERS}::bigint)`

      const insert = (records: ReadonlyArray<DeadLetterRecord>) => {
        const of = <A>(pick: (record: DeadLetterRecord) => A) => records.map(pick)
        return sql<{ place: number }>`
          with given as (
            select * from unnest(${Sql.text(of((record) => record.topic))}::text[], ${Sql.int4(of((record) => record.partition))}::int[],
              ${Sql.int8(of((record) => record.offset))}::bigint[], ${Sql.text(of((record) => record.key))}::text[],
              ${Sql.text(of((record) => record.payload))}::text[], ${Sql.jsonText(of((record) => record.headers))}::text[],
              ${Sql.text(of((record) => record.errorClass))}::text[], ${Sql.text(of((record) => record.error))}::text[],
              ${Sql.int4(of((record) => record.attempts))}::int[], ${Sql.int4(of((record) => record.replays))}::int[],
              ${Sql.timestamptz(of((record) => record.firstFailedAt))}::timestamptz[], ${Sql.timestamptz(of((record) => record.lastFailedAt))}::timestamptz[],
              ${Sql.text(of((record) => record.altered))}::text[], ${Sql.arrayText(of((record) => authorsIn(record).map(hash)))}::text[],
              ${Sql.text(of((record) => (record.key === null ? null : signalHash(record.key))))}::text[])
              with ordinality as u (topic, partition, "offset", key, payload, headers, error_class, error, attempts, replays, first_failed_at,
                last_failed_at, altered, author_keys, key_hash, place)
          ), kept as (
            select * from given g where not exists (
              select 1 from removals r where r.kind = 'deleted' and (r.restored_at is null or g.last_failed_at <= r.restored_at) and (
                (r.target_kind = 'signal' and r.target in (g.key_hash, g.key)) or (r.target_kind = 'author' and r.target = any (g.author_keys::text[]))))
          ), stored as (
            insert into dlq_events as d (topic, partition, "offset", key, payload, headers, error_class, error, attempts, replays,
              first_failed_at, last_failed_at, parked_at, altered, author_keys)
            select topic, partition, "offset", key, payload, headers::jsonb, error_class, error, attempts, replays, first_failed_at,
              last_failed_at, case when replays >= ${PARK_AFTER} then last_failed_at end, altered, author_keys::text[]
            from kept
            on conflict (topic, partition, "offset") do update set
              -- The same failure once more, or one that a later failure has overtaken, changes nothing.
              error_class = excluded.error_class, error = excluded.error, attempts = excluded.attempts,
              replays = greatest(d.replays, excluded.replays), last_failed_at = excluded.last_failed_at,
              replayed_at = null, parked_at = coalesce(excluded.parked_at, d.parked_at),
              -- What was discarded while its replay was under way is back with this failure.
              discarded_at = null, key = excluded.key, payload = excluded.payload, headers = excluded.headers,
              altered = excluded.altered, author_keys = excluded.author_keys
            where excluded.attempts > d.attempts
          )
          select place::int as place from kept order by place`
      }

      const write = (given: ReadonlyArray<DeadLetterRecord>) =>
        Effect.gen(function* () {
          const records = latestOf(given)
          const kept: Array<DeadLetterRecord> = []
          for (const run of runsOf(records)) {
            const rows = yield* transactionOn(sql)(Effect.andThen(writing, insert(run.map(asText))))
            for (const { place } of rows) kept.push(run[place - 1]!)
          }
          return kept
        })

      const forget = ({ keys, authors }: Gone) =>
        transactionOn(sql)(
          Effect.andThen(
            forgetting,
            sql<{ key: string }>`
              delete from dlq_events where key = any(${Sql.text(keys)}::text[])
                or (key = any(${Sql.text(keys.map(nativeId))}::text[]) and topic <> ${signalsNormalised.name})
                or author_keys && ${Sql.text(authors.map(hash))}::text[]
              returning key`,
          ),
        )

      return DeadLetters.of({
        write: (records) => (records.length === 0 ? Effect.succeed([]) : failing(write(records))),
        forget: (gone) =>
          gone.keys.length + gone.authors.length === 0
            ? Effect.succeed([])
            : Effect.map(failing(forget(gone)), (rows) => rows.map(({ key }) => key)),
        count: Effect.map(
          failing(sql<{ open: number; parked: number }>`
            select count(*) filter (where replayed_at is null and parked_at is null)::int as open,
              count(*) filter (where parked_at is not null)::int as parked from dlq_events where discarded_at is null`),
          ([row]) => row ?? { open: 0, parked: 0 },
        ),
      })
    }),
  )

  static readonly layerMemory = Layer.effectContext(
    Effect.sync(() => {
      const letters = new Map<string, DeadLetterRecord>()
      return Context.make(
        DeadLetters,
        DeadLetters.of({
          write: (added) =>
            Effect.sync(() => {
              for (const record of latestOf(added)) {
                const before = letters.get(placeOf(record))
                if (before === undefined || record.attempts > before.attempts) letters.set(placeOf(record), record)
              }
              return added
            }),
          forget: ({ keys, authors }) =>
            Effect.sync(() => {
              const gone = [...letters].filter(
                ([, record]) =>
                  keys.includes(record.key ?? "") ||
                  authorsIn(record).some((of) => authors.some((one) => one.platform === of.platform && one.author === of.author)),
              )
              for (const [place] of gone) letters.delete(place)
              return gone.map(([, record]) => record.key ?? "")
            }),
          count: Effect.sync(() => ({ open: letters.size, parked: 0 })),
        }),
      ).pipe(Context.add(StoredLetters, letters))
    }),
  )
}

/** A window into what the memory layer holds, keyed topic/partition/offset. */
export class StoredLetters extends Context.Service<StoredLetters, Map<string, DeadLetterRecord>>()(
  "@signalflow/process/DeadLetters/StoredLetters",
) {}

const LETTERS = 0x5349_4702

const placeOf = ({ topic, partition, offset }: DeadLetterRecord): string => `${topic}/${partition}/${offset}`

/** A message may stand in one batch more than once; its latest failure counts. In one order for all writers, so that they do not deadlock. */
const latestOf = (records: ReadonlyArray<DeadLetterRecord>): ReadonlyArray<DeadLetterRecord> => {
  const latest = new Map<string, DeadLetterRecord>()
  for (const record of records) {
    const before = latest.get(placeOf(record))
    if (before === undefined || record.attempts >= before.attempts) latest.set(placeOf(record), record)
  }
  return [...latest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record)
}

/** Discovery's topics are keyed by the id without its platform. */
const nativeId = (key: string): string => key.slice(key.indexOf(":") + 1)

const rewritten = "what PostgreSQL cannot hold of it, NUL and lone surrogates, was rewritten"

/** As PostgreSQL can hold it. */
const asText = (record: DeadLetterRecord): DeadLetterRecord => {
  const key = record.key === null ? null : storable(record.key)
  const payload = storable(record.payload)
  const headers = Object.fromEntries(Object.entries(record.headers).map(([name, value]) => [storable(name), storable(value)]))
  const same = key === record.key && payload === record.payload && JSON.stringify(headers) === JSON.stringify(record.headers)
  const altered = same ? record.altered : [record.altered, rewritten].filter((text) => text !== null).join("; ")
  return { ...record, key, payload, headers, error: storable(record.error), altered: altered === null ? null : storable(altered) }
}

const storable = (text: string): string => text.replaceAll("\u0000", "\\u0000").toWellFormed()
