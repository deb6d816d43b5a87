/** What the formats agree on. Texts are plain. */
export interface Entry {
  readonly guid: string | null
  readonly link: string | null
  readonly title: string
  readonly body: string
  readonly author: string | null
  /** As it is written. */
  readonly published: string | null
  /** The same in unix milliseconds; null = none, or none that can be placed. */
  readonly at: number | null
  /** The item as the format has it. */
  readonly source: unknown
}

export interface FeedDocument {
  readonly title: string
  readonly link: string | null
  readonly language: string | null
  readonly entries: ReadonlyArray<Entry>
  /** Items that are left out, because the document holds more than are read. */
  readonly tooMany: number
}
