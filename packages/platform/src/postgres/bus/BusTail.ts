import type * as PgClient from "@effect/sql-pg/PgClient"
import type { BusTopic } from "@signalflow/domain/bus/BusTopic"
import type { Delivery, Gap, Lane, Start } from "@signalflow/domain/bus/SignalBus"
import { type Duration, Effect, type Latch } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { int4, text } from "../Sql.ts"
import { CHUNK, offsetSince, read } from "./BusReading.ts"
import { partitionsOf } from "./BusSql.ts"

interface Place {
  readonly topic: string
  readonly partition: number
  readonly lane: Lane
  position: number
}

/** Where a reader without a group begins. A partition that nobody has made yet begins at 0. */
export const start = (
  sql: PgClient.PgClient,
  topics: ReadonlyArray<BusTopic>,
  from?: Start,
): Effect.Effect<ReadonlyArray<Place>, SqlError> =>
  Effect.gen(function* () {
    const offsets = typeof from === "object" ? from.offsets : undefined
    const all = partitionsOf(topics)
    const heads = yield* sql<{ topic: string; partition: number; first: number; next: number }>`
      SELECT w.topic, w.partition, coalesce(p.first_offset, 0)::float8 AS first, coalesce(p.next_offset, 0)::float8 AS next
      FROM unnest(${text(all.topics)}::text[], ${int4(all.partitions)}::int4[]) AS w (topic, partition)
      LEFT JOIN bus_partitions p ON p.topic = w.topic AND p.partition = w.partition`
    const places: Array<Place> = []
    for (const { topic, partition, first, next } of heads) {
      const asked = offsets?.find((place) => place.topic === topic && place.partition === partition)
      const position =
        typeof from === "number"
          ? yield* offsetSince(sql, topic, partition, { from: first, to: next }, from)
          : from === undefined
            ? next
            : Math.min(asked?.offset ?? first, next)
      places.push({ topic, partition, position, lane: { topic, partition, ack: () => Effect.void } })
    }
    return places
  })

export interface TailOptions {
  /** Passes over what is older, unix milliseconds. */
  readonly since: number
  readonly onGap: (gap: Gap) => Effect.Effect<void>
  readonly pollEvery: Duration.Duration
}

/** The next chunk; waits for one. Moves the places only over what it returns, so that it may be tried again. */
export const next = (
  sql: PgClient.PgClient,
  wake: Latch.Latch,
  places: ReadonlyArray<Place>,
  { since, onGap, pollEvery }: TailOptions,
): Effect.Effect<readonly [Delivery, ...Array<Delivery>], SqlError> =>
  Effect.gen(function* () {
    const room = Math.ceil(CHUNK / places.length)
    while (true) {
      wake.closeUnsafe()
      const { messages, bounds } = yield* read(
        sql,
        places.map(({ topic, partition, position }) => ({ topic, partition, position, room })),
      )
      for (const [index, place] of places.entries()) {
        const { topic, partition, position } = place
        const first = bounds[index]?.first ?? 0
        if (position >= first) continue
        yield* onGap({ topic, partition, from: position, to: first })
        place.position = first
      }
      const found = places.map(() => 0)
      const deliveries: Array<Delivery> = []
      for (const { place, ...message } of messages) {
        places[place]!.position = message.offset + 1
        found[place]!++
        if (message.publishedAt >= since) deliveries.push({ ...message, lane: places[place]!.lane })
      }
      places.forEach((place, index) => {
        if (found[index] === 0) place.position = Math.max(place.position, bounds[index]?.end ?? 0)
      })
      const [first, ...rest] = deliveries
      if (first !== undefined) return [first, ...rest] as const
      if (messages.length === 0) yield* Effect.timeoutOption(wake.await, pollEvery)
    }
  })
