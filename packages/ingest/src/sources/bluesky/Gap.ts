import { SourceError } from "../../SourceAdapter.ts"
import type { Frame } from "./Frame.ts"

/** What v1 keeps; an older cursor it moves up without a word. */
export const V1_LOOKBACK_US = 36 * 3_600_000_000
/** Below this a cursor is the number of an event, from it on unix microseconds. */
const FIRST_TIME = 1e15
/** A stream that was asked for a cursor and begins this much later, in the past, has left something out. */
const CLAMPED_US = 600_000_000

export interface Speech {
  /** Ends the connection. */
  readonly error?: SourceError
  /** Why events are missing. */
  readonly gap?: string
  /** Nothing is missing, but people should hear of it. */
  readonly notice?: string
  /** The number that was asked for is another event's here: it is not to be asked for again. */
  readonly foreign?: boolean
}

const unavailable = (message: string) => new SourceError({ reason: "unavailable", message })

/** What a host says of the stream itself, after a subscription from `cursor`. */
export const speech = (frame: Frame, cursor: number): Speech => {
  if (frame._tag === "Error") {
    const error = unavailable(`the stream ended with ${frame.name}: ${frame.message}`)
    return frame.name === "ConsumerTooSlow"
      ? { error, notice: "cut off by the host for reading too slowly; goes on from its cursor" }
      : { error }
  }
  if (frame._tag !== "Info" || !frame.name.endsWith("Cursor")) return {}
  if (frame.name === "FutureCursor" && cursor < FIRST_TIME)
    return { error: unavailable("the host numbers its events anew; asked again by time"), foreign: true }
  return { gap: `${frame.name}: ${frame.message}` }
}

const isoOf = (us: number) => new Date(Math.floor(us / 1_000)).toISOString()

/** v1 says nothing when it moves a cursor: its first event tells. All in unix microseconds. */
export const clampOf = (cursorUs: number, firstUs: number, openedUs: number): string | undefined => {
  if (openedUs - cursorUs > V1_LOOKBACK_US) return "the stream was left for longer than its host keeps"
  if (Math.min(firstUs, openedUs) - cursorUs <= CLAMPED_US) return undefined
  return `asked for the events from ${isoOf(cursorUs)} on, the host began at ${isoOf(firstUs)}`
}
