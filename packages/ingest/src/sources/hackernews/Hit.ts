import { Option, Schema } from "effect"
import { type Converted, drop, type Observation } from "../../Converted.ts"
import { observed } from "./Item.ts"

const text = Schema.optionalKey(Schema.NullOr(Schema.String))
const count = Schema.optionalKey(Schema.NullOr(Schema.Int))

const Hit = Schema.Struct({
  objectID: Schema.String.check(Schema.isPattern(/^[1-9]\d{0,14}$/)),
  created_at_i: Schema.Finite,
  author: text,
  title: text,
  url: text,
  story_text: text,
  comment_text: text,
  points: count,
  num_comments: count,
  parent_id: count,
  _tags: Schema.Array(Schema.String),
})

const decodeHit = Schema.decodeUnknownOption(Hit)

/** One hit of the search index. Its counts are those of now. The index leaves out what is deleted or dead. */
export const convertHit = (body: unknown, observation: Observation): Converted => {
  const decoded = decodeHit(body)
  if (Option.isNone(decoded)) return drop("malformed")
  const hit = decoded.value
  const comment = hit._tags.includes("comment")
  if (!comment && hit._tags.includes("pollopt")) return drop("poll-option")
  if (!comment && !hit._tags.some((tag) => tag === "story" || tag === "job" || tag === "poll")) return drop("unknown-kind")
  return observed(
    {
      id: Number(hit.objectID),
      comment,
      parent: comment && typeof hit.parent_id === "number" && hit.parent_id > 0 ? hit.parent_id : null,
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
