import { topicForm, withoutNeedlessSpaces } from "@signalflow/domain/query/Canonical"
import { entitiesIn } from "./Entities.ts"
import { bitOf } from "./FunctionWords.ts"
import { isNewOf } from "./Openers.ts"
import { type Word, type Words, wordsOf } from "./Words.ts"

/** How many documents of the background hold each canonical term. May be empty. */
export interface KeywordModel {
  readonly documents: number
  readonly df: ReadonlyMap<string, number>
}

export interface Keywords {
  /** Canonical content words and word pairs, the most telling first. */
  readonly keywords: ReadonlyArray<string>
  /** Names as written. */
  readonly entities: ReadonlyArray<string>
  /** `#hashtag`, `$ticker`, names and keywords in canonical form. */
  readonly topics: ReadonlyArray<string>
}

export const emptyModel: KeywordModel = { documents: 0, df: new Map() }

const MAX_KEYWORDS = 8
const MAX_ENTITIES = 8
const MAX_TOPICS = 12
const MAX_TAGS = 8
const MAX_TERM = 80
const MAX_WORD = 40
const MAX_WORDS = 600

/** Pairs that stand together less than this (normalised PMI) are chance. */
const MIN_ASSOCIATION = 0.25
const NAME = 1.5
const PAIR_OF_NAMES = 1.6
const KNOWN_PAIR = 1.3
const PAIR = 0.8
/** Of words that were cut out of a sentence: less is sure of them. */
const CUT_PAIR = 0.7

/** Frequent words that say nothing of what a text is about, for a background that is still empty. */
const commonplace: ReadonlySet<string> = new Set(
  `able actual actually ago almost along amazing apparently article ask available away bad bad based basically beautiful become begin
   believe big bit bring call came case change check clear click close comment completely coming cool course crazy cut day definitely
   different easy edit end enjoy entire especially etc exactly excited expect extra fact fan far favorite favourite feel feeling felt
   fine follow found free friend full fun game getting girl glad great group gt guess guy half hand happen happened happy hard hate head
   hear heard hell help hey high hold home honestly hope hour idea imagine important instead interesting issue job kid kind large late
   later learn leave left level life line link list literally little live long lose lot love low lt main man mean men mention mind
   minute moment month morning move nbsp nice night number obviously old one open op order page part past perfect perhaps person pick
   place play please plus point post power pretty probably problem question quick reason read ready real remember reply result run sad
   second sense sent set share short show side similar simple simply single small sort sound start starting state story stuff stupid
   super support talk tell thank that there they thing thinking thought time today tomorrow tonight top totally true try trying turn
   tweet type understand update version video view wait watch week weird wish woman wonder word wow work working world worse worst worth
   write wrong year yesterday young`.split(/\s+/),
)

interface Term {
  readonly text: string
  readonly position: number
  score: number
}

const isContent = ({ kind, text, form }: Word, stop: number): boolean =>
  kind === "word" &&
  form.hasLetter &&
  !form.isParticle &&
  text.length <= MAX_WORD &&
  (form.languages & stop) === 0 &&
  (text.length > 2 ||
    form.hasDigit ||
    (form.isDense && text.length === 2) ||
    (form.case === "upper" && text.length === 2) ||
    form.lower === "c++" ||
    form.lower === "c#")

const rarity = (term: string, model: KeywordModel): number =>
  model.documents === 0
    ? commonplace.has(term)
      ? 0
      : 1
    : Math.log((model.documents + 1) / ((model.df.get(term) ?? 0) + 0.5)) / Math.log(model.documents + 2)

const association = (a: string, b: string, pair: string, { documents, df }: KeywordModel): number => {
  const together = df.get(pair) ?? 0
  if (together < 2) return 0
  const probability = together / documents
  return Math.log(probability / (((df.get(a) ?? together) / documents) * ((df.get(b) ?? together) / documents))) / -Math.log(probability)
}

/** "York" of "New York" is a term with its "new" alone. */
const termAt = (list: ReadonlyArray<Word>, i: number): string => {
  const { canonical } = list[i]!.form
  return isNewOf(list[i - 1], list[i]) ? `new ${canonical}` : canonical
}

/** Two terms side by side, as they are written. */
const pairOf = (list: ReadonlyArray<Word>, i: number): string => {
  const pair = `${termAt(list, i - 1)} ${termAt(list, i)}`
  return list[i - 1]!.form.isRun || list[i]!.form.isRun ? withoutNeedlessSpaces(pair) : pair
}

/** Every term of a text that could be a keyword, for counting a background: canonical, each once. */
export const termsIn = (words: Words, language: string | null): ReadonlySet<string> => {
  const stop = bitOf(language)
  const terms = new Set<string>()
  const { list } = words
  let hasBefore = false
  for (let i = 0; i < Math.min(list.length, MAX_WORDS); i++) {
    const word = list[i]!
    if (!isContent(word, stop) || isNewOf(word, list[i + 1])) {
      hasBefore = false
      continue
    }
    terms.add(termAt(list, i))
    if (hasBefore && !word.isApart) terms.add(pairOf(list, i))
    hasBefore = true
  }
  return terms
}

const isName = ({ form, startsSentence }: Word): boolean =>
  form.case === "mixed" || form.case === "upper" || (form.case === "capitalised" && !startsSentence)

const ranked = (words: Words, stop: number, model: KeywordModel, caseTells: boolean): ReadonlyArray<string> => {
  const terms = new Map<string, Term>()
  const add = (text: string, score: number, position: number) => {
    const known = terms.get(text)
    if (known === undefined) terms.set(text, { text, position, score })
    else known.score = Math.max(known.score, score) * 1.1
  }
  const limit = Math.min(words.list.length, MAX_WORDS)
  let before: Word | null = null
  for (let i = 0; i < limit; i++) {
    const word = words.list[i]!
    if (!isContent(word, stop) || isNewOf(word, words.list[i + 1])) {
      before = null
      continue
    }
    const term = termAt(words.list, i)
    const named = caseTells && isName(word)
    const weight = rarity(term, model)
    if (weight > 0) add(term, weight * (named ? NAME : 1) * (0.7 + Math.min(term.length, 10) * 0.03), i)
    if (before !== null && !word.isApart) {
      const first = termAt(words.list, i - 1)
      const pair = pairOf(words.list, i)
      const mean = (weight + rarity(first, model)) / 2
      const areNames = named && isName(before)
      if (areNames) add(pair, mean * PAIR_OF_NAMES, i - 1)
      else if (association(first, term, pair, model) >= MIN_ASSOCIATION) add(pair, mean * KNOWN_PAIR, i - 1)
      else if (mean > 0.5) add(pair, mean * (word.form.isRun ? CUT_PAIR : PAIR), i - 1)
    }
    before = word
  }
  return [...terms.values()]
    .sort((a, b) => b.score - a.score || a.position - b.position || (a.text < b.text ? -1 : 1))
    .slice(0, MAX_KEYWORDS)
    .map(({ text }) => text)
}

const tags = (words: Words): ReadonlyArray<string> => {
  const found = new Set<string>()
  for (const { kind, text, form } of words.list) {
    if (found.size >= MAX_TAGS) break
    if (kind === "hashtag" && form.hasLetter) found.add(`#${form.canonical}`)
    else if (kind === "ticker") found.add(topicForm(`$${text}`))
  }
  return [...found]
}

/** `extract` for a text whose words are known. */
export const extractIn = (words: Words, language: string | null, model: KeywordModel): Keywords => {
  const stop = bitOf(language)
  const { caseTells, names } = entitiesIn(words, stop)
  const keywords = ranked(words, stop, model, caseTells).filter((term) => term.length <= MAX_TERM)
  const entities = names.filter(({ text }) => text.length <= MAX_TERM).slice(0, MAX_ENTITIES)
  const topics = new Set<string>()
  for (const topic of [...tags(words), ...entities.map((name) => name.canonical), ...keywords]) {
    if (topics.size >= MAX_TOPICS) break
    if (topic.length > 0 && topic.length <= MAX_TERM) topics.add(topic)
  }
  return { keywords, entities: entities.map(({ text }) => text), topics: [...topics] }
}

/** What a text is about: at most 8 keywords, 8 names and 12 topics, in an order that depends on the text and the model alone. */
export const extract = (text: string, model: KeywordModel = emptyModel, language: string | null = "en"): Keywords =>
  extractIn(wordsOf(text), language, model)
