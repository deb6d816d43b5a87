import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiError, HttpApiGroup, OpenApi } from "effect/http-api"
import { DeadLetterClass } from "../deadletters/DeadLetter.ts"
import { IsoTime } from "../Time.ts"
import { Authenticated, BadRequest, NotFound, Unavailable } from "./Access.ts"
import { Contract } from "./Contract.ts"
import { AdminOnly } from "./Admin.ts"
import { completed, VERSION } from "./Document.ts"
import { cursor, instant, pageSize, term, wholeNumber } from "./Parameters.ts"

/** Most letters that one request replays. */
export const REPLAY_LIMIT = 1_000

const fields = {
  id: Schema.Int,
  topic: Schema.String,
  partition: Schema.Int,
  offset: Schema.Int,
  key: Schema.NullOr(Schema.String),
  errorClass: DeadLetterClass,
  error: Schema.String,
  /** How often it failed, and how often it was sent to its topic again. */
  attempts: Schema.Int,
  replays: Schema.Int,
  firstFailedAt: IsoTime,
  lastFailedAt: IsoTime,
  replayedAt: Schema.NullOr(IsoTime),
  parkedAt: Schema.NullOr(IsoTime),
  /** What of it is not as it was received; such a letter is not replayed. */
  altered: Schema.NullOr(Schema.String),
  payloadBytes: Schema.Int,
}

/** A letter in a list. Times in ISO 8601; `preview` is the beginning of the payload. */
export const DeadLetterView = Schema.Struct({ ...fields, preview: Schema.String })
export type DeadLetterView = typeof DeadLetterView.Type

/** A letter with all that is kept of its message. */
export const WholeDeadLetter = Schema.Struct({ ...fields, payload: Schema.String, headers: Schema.Record(Schema.String, Schema.String) })
export type WholeDeadLetter = typeof WholeDeadLetter.Type

/** Letters: all of them, those that wait for somebody, those that were replayed and have not failed since, and those that were given up. */
export const DeadLetterCounts = Schema.Struct({ total: Schema.Int, open: Schema.Int, replayed: Schema.Int, parked: Schema.Int })
export type DeadLetterCounts = typeof DeadLetterCounts.Type

export const DeadLetterStats = Schema.Struct({
  ...DeadLetterCounts.fields,
  oldestOpen: Schema.NullOr(IsoTime),
  groups: Schema.Array(Schema.Struct({ topic: Schema.String, errorClass: DeadLetterClass, ...DeadLetterCounts.fields })),
})
export type DeadLetterStats = typeof DeadLetterStats.Type

/** What became of a replay: the ids that were sent, why others were not, and how many more the filter finds. */
export const Replayed = Schema.Struct({
  replayed: Schema.Array(Schema.Int),
  refused: Schema.Array(Schema.Struct({ id: Schema.Int, why: Schema.String })),
  left: Schema.Int,
})
export type Replayed = typeof Replayed.Type

/** The letter is there and is not sent now; the message says why. */
export class NotReplayed extends HttpApiError.Problem<NotReplayed>()(
  "NotReplayed",
  { type: "about:blank", status: 409, title: "Conflict" },
  { detail: Schema.String },
) {}

const id = wholeNumber(1, Number.MAX_SAFE_INTEGER)
const yes = Schema.Literals(["true", "false"])

const which = {
  topic: Schema.optionalKey(term),
  class: Schema.optionalKey(DeadLetterClass),
  /** Those that failed last at this time or later. */
  since: Schema.optionalKey(instant),
}

export class DeadLetters extends HttpApiGroup.make("deadLetters")
  .add(
    /** Letters, the one that failed last first. `parked` true = those that were given up, false = the others; absent = all. */
    HttpApiEndpoint.get("list", "/dlq", {
      query: {
        ...which,
        parked: Schema.optionalKey(yes),
        cursor: Schema.optionalKey(cursor),
        page_size: Schema.optionalKey(pageSize),
      },
      success: Schema.Struct({
        results: Schema.Array(DeadLetterView),
        /** Pass as `cursor` for the next page; null at the end. */
        next: Schema.NullOr(Schema.String),
      }),
      error: [BadRequest, Unavailable],
    }),
    HttpApiEndpoint.get("stats", "/dlq/stats", { success: DeadLetterStats, error: Unavailable }),
    HttpApiEndpoint.get("byId", "/dlq/:id", { params: { id }, success: WholeDeadLetter, error: [NotFound, Unavailable] }),
    /** Sends the letters that wait to their topics again, the oldest first, at most `limit`. None that is parked. */
    HttpApiEndpoint.post("replay", "/dlq/replay", {
      query: {
        ...which,
        limit: Schema.optionalKey(wholeNumber(1, REPLAY_LIMIT)),
      },
      success: Replayed,
      error: [BadRequest, Unavailable],
    }),
    /** Sends one letter to its topic again; `force` also one that is parked, or was replayed and has not failed since. */
    HttpApiEndpoint.post("replayById", "/dlq/replay/:id", {
      params: { id },
      query: { force: Schema.optionalKey(yes) },
      success: Replayed,
      error: [NotFound, NotReplayed, Unavailable],
    }),
  )
  .middleware(Contract)
  .middleware(AdminOnly)
  .middleware(Authenticated) {}

/** The contract of the dead-letter port. */
export class DeadLetterApi extends HttpApi.make("signalflow-dead-letters")
  .add(DeadLetters)
  .annotateMerge(
    OpenApi.annotations({
      title: "SignalFlow dead letters",
      version: VERSION,
      transform: completed,
      description: "Messages that could not be processed, and their replay.",
    }),
  ) {}
