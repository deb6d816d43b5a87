import { type Duration, Schedule } from "effect"

/** Delays for retries: 100 ms, doubling up to `longest` (default 10 seconds), each jittered, without an end. */
export const backoff = (longest: Duration.Input = "10 seconds") =>
  Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced(longest)]).pipe(Schedule.jittered)
