import { badFields } from "@signalflow/domain/api/Access"
import { LiveFilter, LiveRequest } from "@signalflow/domain/live/LiveFrame"
import { Result, Schema } from "effect"
import { fieldsOf } from "../http/BadFields.ts"
import { unknownKeys } from "../http/QueryNames.ts"

const decode = Schema.decodeUnknownResult(LiveRequest)

const KEYS: Record<string, ReadonlyArray<string>> = { auth: ["type", "token"], subscribe: ["type", "filter", "resume"] }
const FILTER = Object.keys(LiveFilter.fields)

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value)

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A message of a client, or what is wrong with it. A misspelt filter must not pass for no filter. */
export const readRequest = (text: string): Result.Result<LiveRequest, string> => {
  const message = parsed(text)
  if (!isRecord(message)) return Result.fail("a message must be a JSON object")
  const keys = Object.hasOwn(KEYS, String(message["type"])) ? KEYS[String(message["type"])] : undefined
  if (keys === undefined) return Result.fail('type must be "auth" or "subscribe"')
  const { filter } = message
  const unknown = [
    ...unknownKeys(Object.keys(message), keys, [], "the message"),
    ...(isRecord(filter) ? unknownKeys(Object.keys(filter), FILTER, ["filter"], "a filter") : []),
  ]
  if (unknown.length > 0) return Result.fail(badFields(unknown).detail)
  return Result.mapError(decode(message), ({ issue }) => badFields(fieldsOf(issue)).detail)
}
