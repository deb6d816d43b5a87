import { Option, Schema } from "effect"
import { type Converted, drop, type Observation } from "../../convert/Converted.ts"
import { count, finite, text, texts } from "../../convert/Lenient.ts"
import { observed } from "./Convert.ts"

const ObjectId = Schema.Union([
  Schema.String.check(Schema.isPattern(/^[1-9]\d{0,14}$/)),
  Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 999_999_999_999_999 })),
])

const Hit = Schema.Struct({
  objectID: ObjectId,
  created_at_i: Schema.Union([Schema.Finite, Schema.FiniteFromString]),
  author: text,
  title: text,
  url: text,
  story_text: text,
  comment_text: text,
  points: count,
  num_comments: count,
  parent_id: finite,
  _tags: texts,
})

const decodeHit = Schema.decodeUnknownOption(Hit)

/** One hit of the search index. Its counts are those of now. The index leaves out what is deleted or dead. */
export const convertHit = (body: unknown, observation: Observation): Converted => {
  const decoded = decodeHit(body)
  if (Option.isNone(decoded)) return drop("malformed")
  const hit = decoded.value
  const tags = hit._tags ?? []
  const comment = tags.includes("comment")
  if (!comment && tags.includes("pollopt")) return drop("poll-option")
  if (!comment && !tags.some((tag) => tag === "story" || tag === "job" || tag === "poll")) return drop("unknown-kind")
  return observed(
    {
      id: Number(hit.objectID),
      comment,
      parent: comment && Number.isSafeInteger(hit.parent_id) && hit.parent_id! > 0 ? hit.parent_id! : null,
      author: hit.author ?? null,
      title: comment ? "" : (hit.title ?? ""),
      text: (comment ? hit.comment_text : hit.story_text) ?? "",
      url: comment ? null : (hit.url ?? null),
      score: comment ? null : (hit.points ?? null),
      comments: comment ? null : (hit.num_comments ?? null),
      time: hit.created_at_i,
    },
    observation,
  )
}
