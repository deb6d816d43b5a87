import { Cause, Formatter } from "effect"

/** Longest message, and longest error, that a log line carries, in characters. */
export const LIMIT = 4_000

export const bounded = (text: string): string => (text.length > LIMIT ? `${text.slice(0, LIMIT)}… (${text.length} characters)` : text)

/** A password within a URL, and a bearer token, are what drivers most often put into their messages. */
export const withoutSecrets = (text: string): string =>
  text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@/]+@/gi, "$1***@").replace(/\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi, "$1 ***")

const escape = (c: string) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`

/** What people wrote may hold terminal commands; a line break in it must not look like a line of the log. */
export const printable = (text: string): string =>
  text.replace(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/gu, escape).replaceAll("\n", "\n    ")

/** Any value as text: strings as they are, secrets as `<redacted>`. */
export const show = (value: unknown): string => {
  if (typeof value === "string") return value
  if (value instanceof Error) return describeError(value)
  try {
    return typeof value === "object" ? Formatter.formatJson(value) : String(value)
  } catch (cause) {
    return `[a value that cannot be shown: ${String(cause)}]`
  }
}

const DEPTH = 5

const describeError = (error: unknown, depth = 0): string => {
  if (!(error instanceof Error)) return show(error)
  const name = (error as { _tag?: unknown })._tag ?? error.name
  const head = error.message === "" ? String(name) : `${String(name)}: ${error.message}`
  const cause = error.cause
  if (cause === undefined || cause === null || depth === DEPTH) return head
  const below = describeError(cause, depth + 1)
  return head.includes(cause instanceof Error ? cause.message || below : below) ? head : `${head}\ncaused by ${below}`
}

/** Failures as their messages, with what caused them; only a defect, which is a bug, shows its stack. */
export const describeCause = (cause: Cause.Cause<unknown>): string =>
  cause.reasons
    .map((reason) => {
      if (Cause.isFailReason(reason)) return describeError(reason.error)
      if (Cause.isDieReason(reason))
        return reason.defect instanceof Error ? (reason.defect.stack ?? describeError(reason.defect)) : `Defect: ${show(reason.defect)}`
      return "interrupted"
    })
    .join("\n")
