import { topicForm } from "./Canonical.ts"
import { foldWords, holds } from "./Phrase.ts"
import type { Field, Query, Range } from "./Query.ts"

/** What a query is asked of: a signal in any of its shapes. Where a shape lacks a field, nothing is known of it. */
export interface Searchable {
  readonly platform: string
  readonly kind: string
  readonly title: string
  readonly body: string
  readonly community: string | null
  readonly author: string | null
  readonly language: string | null
  readonly topics?: ReadonlyArray<string>
  readonly sentiment?: { readonly label: string } | null
  readonly publishedAt: number | string
  readonly score: number | null
  readonly comments: number | null
  readonly views: number | null
  readonly heat?: number
}

/** A signal with its text folded at most once, however many phrases are looked for. */
interface Subject {
  readonly signal: Searchable
  text: string | null
}

const valuesOf: Record<Field, (signal: Searchable) => ReadonlyArray<string> | string | null> = {
  platform: (signal) => signal.platform,
  community: (signal) => signal.community,
  author: (signal) => signal.author,
  topic: (signal) => signal.topics ?? null,
  language: (signal) => signal.language,
  kind: (signal) => signal.kind,
  sentiment: (signal) => signal.sentiment?.label ?? null,
}

const numberOf: Record<Range, (signal: Searchable) => number | null> = {
  time: ({ publishedAt }) => (typeof publishedAt === "number" ? publishedAt : Date.parse(publishedAt)),
  score: (signal) => signal.score,
  comments: (signal) => signal.comments,
  views: (signal) => signal.views,
  heat: (signal) => signal.heat ?? null,
}

/** What a value of a field is compared with: topics in the form in which they are counted, and as given, since rows keep an older form. */
export const formsOf = (field: Field, values: ReadonlyArray<string>): ReadonlyArray<string> =>
  field === "topic" ? [...new Set(values.flatMap((value) => [topicForm(value), value]))] : values

type Test = (subject: Subject) => boolean

const testOf = (query: Query): Test => {
  switch (query._tag) {
    case "Text": {
      const phrase = foldWords(query.text)
      return (subject) => {
        const { title, body } = subject.signal
        // A phrase does not run from the title into the body.
        subject.text ??= `${foldWords(title)}\u0000${foldWords(body)}`
        return phrase !== "" && holds(subject.text, phrase)
      }
    }
    case "Field": {
      const wanted = new Set(formsOf(query.field, query.values))
      const read = valuesOf[query.field]
      return ({ signal }) => {
        const found = read(signal)
        return found !== null && (typeof found === "string" ? wanted.has(found) : found.some((one) => wanted.has(one)))
      }
    }
    case "Range": {
      const { from = -Infinity, until = Infinity } = query
      const read = numberOf[query.range]
      return ({ signal }) => {
        const found = read(signal)
        return found !== null && found >= from && found < until
      }
    }
    case "And": {
      const tests = query.queries.map(testOf)
      return (subject) => tests.every((test) => test(subject))
    }
    case "Or": {
      const tests = query.queries.map(testOf)
      return (subject) => tests.some((test) => test(subject))
    }
    case "Not": {
      const test = testOf(query.query)
      return (subject) => !test(subject)
    }
  }
}

/** A query as a function of one signal. Make it once and use it often. */
export const matches = (query: Query): ((signal: Searchable) => boolean) => {
  const test = testOf(query)
  return (signal) => test({ signal, text: null })
}
