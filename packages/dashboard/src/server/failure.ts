/** Why the server gave no answer, as far as a page can act on it. */
export type Failure =
  | { readonly _tag: "SignedOut"; readonly message: string }
  | { readonly _tag: "Offline"; readonly message: string }
  | { readonly _tag: "Busy"; readonly message: string; readonly retryAfter: number }
  | { readonly _tag: "Refused"; readonly message: string }

export class Failed extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && name in value ? (value as Record<string, unknown>)[name] : undefined

const offline: Failure = { _tag: "Offline", message: "The server does not answer." }

const byStatus = (status: number, message: string): Failure => {
  if (status === 401 || status === 403) return { _tag: "SignedOut", message }
  if (status === 429) return { _tag: "Busy", message, retryAfter: 10 }
  // A development proxy or a gateway speaks for a server that is gone.
  if (status === 502 || status === 504) return offline
  return { _tag: "Refused", message }
}

/** Reads an error of the typed client: the contract's own errors by tag, everything else by HTTP status. */
export const failureOf = (error: unknown): Failure => {
  const text = field(error, "message") ?? field(error, "detail")
  const message = typeof text === "string" && text !== "" ? text : "The server's answer could not be read."
  switch (field(error, "_tag")) {
    case "Unauthorized":
    case "Forbidden":
      return { _tag: "SignedOut", message }
    case "TooManyRequests":
      return { _tag: "Busy", message, retryAfter: Number(field(error, "retryAfter") ?? 10) }
    case "TimeoutError":
      return { _tag: "Offline", message: "The server did not answer within 20 seconds." }
    case "HttpClientError": {
      const reason = field(error, "reason")
      if (field(reason, "_tag") === "TransportError") return offline
      const status = field(field(reason, "response"), "status")
      return typeof status === "number" ? byStatus(status, `The server answered ${status}.`) : { _tag: "Refused", message }
    }
    default:
      return { _tag: "Refused", message }
  }
}

export const failureFrom = (error: unknown): Failure => (error instanceof Failed ? error.failure : failureOf(error))
