import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { type Body, bodiesIn } from "./Bodies.ts"
import { decode } from "./Decode.ts"
import { type Item, looksLike, type PlatformName, PLATFORMS, type Recognised, recognise } from "./Recognise.ts"

type Counts = Record<string, number>

export interface Tally {
  seen: number
  readonly decoded: Counts
  readonly byDesign: Counts
  readonly dropped: Counts
}

export interface Loss {
  readonly file: string
  readonly where: string
  readonly platform: PlatformName
  readonly reason: string
}

export interface SurveyedFile {
  readonly file: string
  readonly tally: Tally
  readonly beside: Counts
  /** Why nothing of it was decoded, or null. */
  readonly other: string | null
}

export interface Survey {
  readonly files: ReadonlyArray<SurveyedFile>
  readonly totals: Readonly<Record<PlatformName, Tally>>
  readonly losses: ReadonlyArray<Loss>
  /** Platforms of which more than one item in a thousand was lost. */
  readonly failed: ReadonlyArray<PlatformName>
}

export const LARGEST_LOSS = 0.001

const tally = (): Tally => ({ seen: 0, decoded: {}, byDesign: {}, dropped: {} })
const count = (counts: Counts, what: string, n = 1) => (counts[what] = (counts[what] ?? 0) + n)
export const sum = (counts: Readonly<Counts>): number => Object.values(counts).reduce((all, n) => all + n, 0)

/** Of a file of lines: a line that is like none of its neighbours is one of them, spoilt. */
const spoilt = (read: ReadonlyArray<{ readonly body: Body; readonly known: Recognised }>): Item | null => {
  if (!read.every(({ body }) => body.where.startsWith("line"))) return null
  return read.find(({ known }) => known.items.length > 0)?.known.items[0] ?? null
}

/** Decodes every file of the four platforms beneath a directory with the product's own converters. */
export const survey = (directory: string): Survey => {
  const totals = { hackernews: tally(), bluesky: tally(), reddit: tally(), youtube: tally() }
  const losses: Array<Loss> = []

  const read = (folder: PlatformName, file: string): SurveyedFile => {
    const own = tally()
    const beside: Counts = {}
    const lose = (platform: PlatformName, where: string, reason: string) => {
      count(own.dropped, reason)
      count(totals[platform].dropped, reason)
      losses.push({ file, where, platform, reason })
    }
    const seen = (platform: PlatformName) => {
      own.seen++
      totals[platform].seen++
    }
    const take = (item: Item, where: string) => {
      for (const made of decode(item)) {
        seen(item.platform)
        if (made._tag === "Dropped") lose(item.platform, where, made.reason)
        else
          for (const { decoded, byDesign } of [own, totals[item.platform]])
            if (made._tag === "Decoded") count(decoded, made.as)
            else count(byDesign, made.reason)
      }
    }

    const found = bodiesIn(join(directory, file), dictionaries)
    if (found._tag === "Other") return { file, tally: own, beside, other: found.why }
    if (found._tag === "Broken") {
      seen(folder)
      lose(folder, "", found.why)
      return { file, tally: own, beside, other: null }
    }
    const bodies = found.bodies.map((body) => ({ body, known: recognise(body.body, folder) }))
    const neighbour = spoilt(bodies)
    for (const { where } of found.unreadable) {
      const platform = neighbour?.platform ?? folder
      seen(platform)
      lose(platform, where, "not JSON")
    }
    const kinds = new Set<string>()
    for (const { body, known } of bodies) {
      for (const item of known.items) take(item, body.where)
      for (const [what, n] of Object.entries(known.beside)) count(beside, what, n)
      if (known.items.length > 0) continue
      if (known.as === null && neighbour !== null) take({ ...neighbour, body: body.body }, body.where)
      else kinds.add(known.as ?? looksLike(body.body))
    }
    const other = own.seen > 0 ? null : kinds.size === 0 ? "no answer with a JSON body" : [...kinds].slice(0, 5).join("; ")
    return { file, tally: own, beside, other }
  }

  const filesOf = (folder: PlatformName) =>
    readdirSync(join(directory, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
      .sort()
  const named = PLATFORMS.filter((folder) => existsSync(join(directory, folder))).flatMap((folder) =>
    filesOf(folder).map((file) => ({ folder, file })),
  )
  const dictionaries = named.filter(({ file }) => file.endsWith(".zdict")).map(({ file }) => readFileSync(join(directory, file)))
  const files = named.map(({ folder, file }) => read(folder, file))
  const failed = PLATFORMS.filter((platform) => sum(totals[platform].dropped) > totals[platform].seen * LARGEST_LOSS)
  return { files, totals, losses, failed }
}
