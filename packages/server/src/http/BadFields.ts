import type { BadField } from "@signalflow/domain/api/Access"
import { SchemaIssue } from "effect"

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const segment = (part: PropertyKey | { readonly key: PropertyKey }): string | number => {
  const key = typeof part === "object" ? part.key : part
  return typeof key === "number" ? key : String(key)
}

/** What a schema found wrong, each with its path, under `slot`: `query`, `payload`, `params` or `headers`. */
export const fieldsOf = (issue: SchemaIssue.Issue, slot?: string): ReadonlyArray<BadField> =>
  format(issue).issues.map(({ path, message }) => ({
    path: [...(slot === undefined ? [] : [slot]), ...(path ?? []).map(segment)],
    message,
  }))
