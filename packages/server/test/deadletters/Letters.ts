import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

export interface Planted {
  readonly topic?: string
  readonly partition?: number
  readonly offset: number
  readonly key?: string | null
  readonly payload?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly errorClass?: "validation" | "transient" | "permanent"
  readonly error?: string
  readonly attempts?: number
  readonly replays?: number
  readonly at?: Date
  readonly replayedAt?: Date | null
  readonly parkedAt?: Date | null
  readonly altered?: string | null
}

export const NOON = Date.UTC(2026, 5, 10, 12)

/** Puts a letter into the table; answers its id. */
export const plant = Effect.fnUntraced(function* (letter: Planted) {
  const sql = yield* SqlClient
  const at = letter.at ?? new Date(NOON + letter.offset * 1_000)
  const [row] = yield* sql<{ id: bigint }>`
    insert into dlq_events (topic, partition, "offset", key, payload, headers, error_class, error, attempts, replays, first_failed_at, last_failed_at,
      replayed_at, parked_at, altered)
    values (${letter.topic ?? "signals.normalised"}, ${letter.partition ?? 0}, ${letter.offset}, ${letter.key === undefined ? `hackernews:${letter.offset}` : letter.key},
      ${letter.payload ?? `payload ${letter.offset}`}, ${JSON.stringify(letter.headers ?? { producer: "test" })}::jsonb, ${letter.errorClass ?? "validation"},
      ${letter.error ?? "no such event"}, ${letter.attempts ?? 1}, ${letter.replays ?? 0}, ${at}, ${at}, ${letter.replayedAt ?? null},
      ${letter.parkedAt ?? null}, ${letter.altered ?? null})
    returning id`
  return Number(row!.id)
})
