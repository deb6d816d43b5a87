import type { BadField } from "@signalflow/domain/api/Access"
import { SchemaIssue } from "effect"

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const segment = (part: PropertyKey | { readonly key: PropertyKey }): string | number => {
  const key = typeof part === "object" ? part.key : part
  return typeof key === "number" ? key : String(key)
}

const listOf = (choices: ReadonlyArray<string>): string =>
  choices.length < 2 ? choices.join("") : `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`

const KINDS: Readonly<Record<string, string>> = {
  object: "a JSON object",
  array: "a JSON array",
  string: "a string",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  "a valid JSON body": "valid JSON",
}

/** The words of a schema as people say them; a message of ours stays as it is. */
const plainly = (message: string): string => {
  if (message === "Missing key") return "is missing"
  const expected = /^Expected (.*)$/s.exec(message)?.[1]
  if (expected === undefined) return message
  const length = /^a value with a length of at (most|least) (\d+)$/.exec(expected)
  if (length !== null) return `must have a length of at ${length[1]} ${length[2]}`
  return `must be ${KINDS[expected] ?? (/^"[^"]*"( \| "[^"]*")*$/.test(expected) ? listOf(expected.split(" | ")) : expected)}`
}

/** What a schema found wrong, each with its path, under `slot`: `query`, `payload`, `params` or `headers`. */
export const fieldsOf = (issue: SchemaIssue.Issue, slot?: string): ReadonlyArray<BadField> =>
  format(issue).issues.map(({ path, message }) => ({
    path: [...(slot === undefined ? [] : [slot]), ...(path ?? []).map(segment)],
    message: plainly(message),
  }))
