import { badQuery, type BadRequest } from "@signalflow/domain/api/Access"
import { instantOf } from "@signalflow/domain/Instant"
import { Effect, Result } from "effect"

/** The time that the query parameter `name` gives, as the database compares it. */
export const queryTime = (name: string, text: string | undefined): Effect.Effect<Date | undefined, BadRequest> => {
  if (text === undefined) return Effect.succeed(undefined)
  const at = instantOf(text)
  return Result.isFailure(at) ? Effect.fail(badQuery(name, at.failure)) : Effect.succeed(new Date(at.success))
}
