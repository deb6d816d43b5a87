import { Option, Schema } from "effect"
import { list } from "../../convert/Lenient.ts"

/** What an author's own labels say about a post that is not for everybody (com.atproto.label.defs#selfLabels). */
const WITHHELD: ReadonlySet<string> = new Set(["!hide", "porn", "sexual", "graphic-media", "nudity"])

const SelfLabels = Schema.Struct({ values: list })
const decodeLabels = Schema.decodeUnknownOption(SelfLabels)

export const isLabelled = (labels: unknown): boolean =>
  labels !== undefined &&
  Option.match(decodeLabels(labels), {
    onNone: () => false,
    onSome: ({ values }) => (values ?? []).some((label) => WITHHELD.has((label as { readonly val?: unknown } | null)?.val as string)),
  })
