/** A document that holds no feed, or none that may be read. Plain, so that the thread that parses need not load more. */
export class Unreadable extends Error {
  readonly reason = "malformed"
}
