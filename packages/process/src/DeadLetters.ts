import * as PgClient from "@effect/sql-pg/PgClient"
import type { DeadLetterClass } from "@signalflow/domain/DeadLetter"
import type { Delivery } from "@signalflow/domain/SignalBus"
import { isTransient } from "@signalflow/platform/postgres/Postgres"
import * as Sql from "@signalflow/platform/postgres/Sql"
import { Clock, Context, Effect, Layer, Schema } from "effect"
import type { SqlError } from "effect/sql/SqlError"

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

/** Longest payload that is kept, in UTF-16 code units. */
const PAYLOAD_LIMIT = 1_000_000

/** Where messages go that nothing can be done with; unique by topic, partition and offset, so that the same one twice is one row. */
export class DeadLetters extends Context.Service<
  DeadLetters,
  {
    readonly write: (letters: ReadonlyArray<Letter>) => Effect.Effect<void, DeadLettersError>
    /** Deletes the letters of these keys: a removed text must not live on here. */
    readonly forget: (keys: ReadonlyArray<string>) => Effect.Effect<void, DeadLettersError>
  }
>()("@signalflow/process/DeadLetters") {
  static readonly layer = Layer.effect(
    DeadLetters,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const run = <A>(effect: Effect.Effect<A, SqlError>) =>
        effect.pipe(
          Effect.asVoid,
          Effect.mapError((cause) => new DeadLettersError({ message: Sql.describe(cause), transient: isTransient(cause), cause })),
        )
      return DeadLetters.of({
        write: (given) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) => {
            // A message that was delivered again may stand in one batch twice.
            const letters = [...new Map(given.map((letter) => [placeOf(letter), letter])).values()]
            const of = <A>(pick: (letter: Letter) => A) => letters.map(pick)
            const at = Sql.timestamptz(letters.map(() => now))
            return run(sql`insert into dlq_events (topic, partition, "offset", key, payload, headers, error_class, error, first_failed_at, last_failed_at)
              select u.topic, u.partition, u."offset", u.key, u.payload, u.headers::jsonb, u.error_class, u.error, u.at, u.at
              from unnest(${Sql.text(of((letter) => letter.delivery.lane.topic))}::text[], ${Sql.int4(of((letter) => letter.delivery.lane.partition))}::int[],
                ${Sql.int8(of((letter) => letter.delivery.offset))}::bigint[], ${Sql.text(of((letter) => storable(letter.delivery.key)))}::text[],
                ${Sql.text(of((letter) => storable(letter.delivery.value)))}::text[], ${Sql.jsonText(of((letter) => headersOf(letter)))}::text[],
                ${Sql.text(of((letter) => letter.errorClass))}::text[], ${Sql.text(of((letter) => storable(letter.error)))}::text[], ${at}::timestamptz[])
              as u (topic, partition, "offset", key, payload, headers, error_class, error, at)
              on conflict (topic, partition, "offset") do update set last_failed_at = excluded.last_failed_at, error = excluded.error`)
          }),
        forget: (keys) => run(sql`delete from dlq_events where key = any(${Sql.text(keys)}::text[])`),
      })
    }),
  )

  static readonly layerMemory = Layer.effectContext(
    Effect.sync(() => {
      const letters = new Map<string, Letter>()
      return Context.make(
        DeadLetters,
        DeadLetters.of({
          write: (added) =>
            Effect.sync(() => {
              for (const letter of added) letters.set(placeOf(letter), letter)
            }),
          forget: (keys) =>
            Effect.sync(() => {
              for (const [place, letter] of letters) if (keys.includes(letter.delivery.key)) letters.delete(place)
            }),
        }),
      ).pipe(Context.add(StoredLetters, letters))
    }),
  )
}

/** A window into what the memory layer holds, keyed topic/partition/offset. */
export class StoredLetters extends Context.Service<StoredLetters, Map<string, Letter>>()("@signalflow/process/DeadLetters/StoredLetters") {}

const placeOf = ({ delivery: { lane, offset } }: Letter): string => `${lane.topic}/${lane.partition}/${offset}`

const headersOf = ({ delivery }: Letter): Record<string, string> =>
  Object.fromEntries(Object.entries(delivery.headers).map(([name, value]) => [storable(name), storable(value)]))

const storable = (text: string): string => text.slice(0, PAYLOAD_LIMIT).replaceAll("\u0000", "\\u0000").toWellFormed()
