import { Option, Schema } from "effect"
import { text } from "../../convert/Lenient.ts"

const MOST_FACETS = 100
const MOST_TAGS = 16
/** Of a tag: 64 graphemes, 640 bytes (app.bsky.feed.post). */
const TAG_GRAPHEMES = 64
const TAG_BYTES = 640
const graphemes = new Intl.Segmenter()
const isTooLong = (tag: string) =>
  tag.length > TAG_GRAPHEMES && (Buffer.byteLength(tag) > TAG_BYTES || [...graphemes.segment(tag)].length > TAG_GRAPHEMES)

const Facet = Schema.Struct({ features: Schema.Array(Schema.Unknown) })
const Feature = Schema.Struct({
  $type: Schema.String,
  uri: text,
  tag: text,
  did: text,
})
const decodeFacet = Schema.decodeUnknownOption(Facet)
const decodeFeature = Schema.decodeUnknownOption(Feature)

export interface Facets {
  /** The first link. */
  readonly link: string | null
  readonly tags: ReadonlyArray<string>
  /** DIDs. */
  readonly mentions: ReadonlyArray<string>
}

const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value.slice(0, MOST_FACETS) : [])

/** What app.bsky.richtext.facet marks in a text; a facet or feature that cannot be read is as if it were not there. */
export const readFacets = (facets: unknown): Facets => {
  let link: string | null = null
  const tags: Array<string> = []
  const mentions: Array<string> = []
  for (const item of listOf(facets))
    for (const each of listOf(Option.getOrNull(decodeFacet(item))?.features)) {
      const feature = Option.getOrNull(decodeFeature(each))
      if (feature?.$type === "app.bsky.richtext.facet#link") link ??= feature.uri ?? null
      else if (feature?.$type === "app.bsky.richtext.facet#tag" && typeof feature.tag === "string") tags.push(feature.tag)
      else if (feature?.$type === "app.bsky.richtext.facet#mention" && typeof feature.did === "string") mentions.push(feature.did)
    }
  return { link, tags, mentions }
}

/** The hashtags of a record that stand beside its text. */
export const tagsOf = (tags: unknown): ReadonlyArray<string> => listOf(tags).filter((tag) => typeof tag === "string")

const plain = (tag: string) => tag.trim().replace(/^[#\uFF03]+/, "")

/** A text with the hashtags that it does not hold itself, each once. */
export const tagged = (text: string, tags: ReadonlyArray<string>): string => {
  if (tags.length === 0) return text
  const held = new Set(Array.from(text.matchAll(/[#\uFF03]([^\s#\uFF03]+)/g), ([, tag]) => tag!.replace(/\p{P}+$/u, "").toLowerCase()))
  const added: Array<string> = []
  for (const tag of tags.map(plain)) {
    const key = tag.toLowerCase()
    if (tag === "" || isTooLong(tag) || /\s/.test(tag) || held.has(key) || added.length >= MOST_TAGS) continue
    held.add(key)
    added.push(`#${tag}`)
  }
  return added.length === 0 ? text : `${text} ${added.join(" ")}`
}
