import { Option, Schema } from "effect"

const MOST_FACETS = 100
const MOST_TAGS = 16
const TAG_LENGTH = 64

const Facet = Schema.Struct({ features: Schema.Array(Schema.Unknown) })
const Feature = Schema.Struct({
  $type: Schema.String,
  uri: Schema.optionalKey(Schema.String),
  tag: Schema.optionalKey(Schema.String),
  did: Schema.optionalKey(Schema.String),
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
      else if (feature?.$type === "app.bsky.richtext.facet#tag" && feature.tag !== undefined) tags.push(feature.tag)
      else if (feature?.$type === "app.bsky.richtext.facet#mention" && feature.did !== undefined) mentions.push(feature.did)
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
    if (tag === "" || tag.length > TAG_LENGTH || /\s/.test(tag) || held.has(key) || added.length >= MOST_TAGS) continue
    held.add(key)
    added.push(`#${tag}`)
  }
  return added.length === 0 ? text : `${text} ${added.join(" ")}`
}
