import { badQuery, type BadRequest, NotFound, Unavailable } from "@signalflow/domain/api/Access"
import { DeadLetterApi, NotReplayed } from "@signalflow/domain/api/DeadLetters"
import type { DeadLetterClass } from "@signalflow/domain/deadletters/DeadLetter"
import { Effect, Option } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import type { SqlError } from "effect/sql/SqlError"
import { instanceSecret } from "../access/InstanceSecrets.ts"
import { decodeCursor, encodeCursor } from "../signals/Cursor.ts"
import { queryTime } from "../database/QueryTime.ts"
import { answered } from "../database/Database.ts"
import type { LetterFilter } from "./DeadLetterRows.ts"
import { LetterDesk } from "./DeadLetterQueries.ts"
import { MISSING, Replays, type ReplayFailed } from "./Replays.ts"

const PAGE_SIZE = 50
const REPLAY_DEFAULT = 100

interface Query {
  readonly topic?: string
  readonly class?: DeadLetterClass
  readonly since?: string
  readonly parked?: "true" | "false"
}

const filterOf = (query: Query): Effect.Effect<LetterFilter, BadRequest> => {
  const parked = query.parked === undefined ? undefined : query.parked === "true"
  return Effect.map(queryTime("since", query.since), (since) => ({ topic: query.topic, errorClass: query.class, since, parked }))
}

/** A replay may take longer than a query: it is held by the bus, and by the time that any request may take. */
const replaying = <A>(effect: Effect.Effect<A, ReplayFailed | SqlError>): Effect.Effect<A, Unavailable> =>
  Effect.catch(effect, (error) =>
    error._tag === "SqlError"
      ? answered(Effect.fail(error))
      : Effect.andThen(Effect.logWarning(error.message), Effect.fail(new Unavailable({ detail: error.message }))),
  )

export const layer = HttpApiBuilder.group(
  DeadLetterApi,
  "deadLetters",
  Effect.fn(function* (handlers) {
    const desk = yield* LetterDesk
    const replays = yield* Replays
    // Other than that of the feed, whose cursors have the same shape.
    const secret = `dead letters ${yield* instanceSecret("cursor")}`

    return handlers.handleAll({
      list: Effect.fn("DeadLetters.list")(function* ({ query }) {
        const filter = yield* filterOf(query)
        const cursor = query.cursor === undefined ? Option.none() : decodeCursor(secret, query.cursor)
        if (query.cursor !== undefined && Option.isNone(cursor))
          return yield* badQuery("cursor", "is not one that this server gave for dead letters: leave it out to begin at the first page")
        const after = Option.match(cursor, { onNone: () => undefined, onSome: ({ key, id }) => ({ at: String(key), id: Number(id) }) })
        const { results, next } = yield* answered(desk.page(filter, query.page_size ?? PAGE_SIZE, after))
        return { results, next: next === null ? null : encodeCursor(secret, { _tag: "new", key: next.at, id: String(next.id) }) }
      }),
      stats: () => answered(desk.stats),
      byId: ({ params }) =>
        Effect.flatMap(answered(desk.find(params.id)), (letter) =>
          letter === null ? new NotFound({ detail: `There is no dead letter ${params.id}` }) : Effect.succeed(letter),
        ),
      replay: Effect.fn("DeadLetters.replay")(function* ({ query }) {
        const filter = yield* filterOf(query)
        return yield* replaying(replays.all(filter, query.limit ?? REPLAY_DEFAULT))
      }),
      replayById: Effect.fn("DeadLetters.replayById")(function* ({ params, query }) {
        const done = yield* replaying(replays.byId([params.id], { force: query.force === "true" }))
        const [refusal] = done.refused
        if (refusal?.why === MISSING) return yield* new NotFound({ detail: `There is no dead letter ${params.id}` })
        if (refusal !== undefined) return yield* new NotReplayed({ detail: `Dead letter ${params.id} is not replayed: ${refusal.why}` })
        return { ...done, left: 0 }
      }),
    })
  }),
)
