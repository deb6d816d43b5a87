import { type BadField, badFields, type BadRequest } from "@signalflow/domain/api/Access"
import { Result } from "effect"

const LONGEST_SHOWN = 60
const LONGEST_COMPARED = 40

const bare = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "")

/** Letters to insert, delete or replace to make one name of the other. */
const distance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, n) => n)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row.at(-1)!
}

/** The known name that was probably meant, in another spelling or with a slip in every third letter at most. */
export const nearest = (name: string, known: ReadonlyArray<string>): string | undefined => {
  const given = bare(name)
  if (given === "" || given.length > LONGEST_COMPARED) return undefined
  const [best] = known
    .map((candidate) => ({ candidate, slips: distance(given, bare(candidate)) }))
    .filter(({ candidate, slips }) => slips <= Math.max(1, Math.floor(bare(candidate).length / 3)))
    .sort((a, b) => a.slips - b.slips)
  return best?.candidate
}

const shown = (name: string): string => (name.length > LONGEST_SHOWN ? `${name.slice(0, LONGEST_SHOWN)}…` : name)

/** Names each key that is not `known`, with the nearest one that is, under `path`; `what` is what the known keys are keys of. */
export const unknownKeys = (
  keys: Iterable<string>,
  known: ReadonlyArray<string>,
  path: ReadonlyArray<string>,
  what: string,
): ReadonlyArray<BadField> => {
  const all = known.length === 0 ? `${what} has none` : `${what} has ${known.join(", ")}`
  return [...new Set(keys)]
    .filter((key) => !known.includes(key))
    .map((key) => {
      const meant = nearest(key, known)
      return {
        path: [...path, shown(key)],
        message: meant === undefined ? `is not known: ${all}` : `is not known, did you mean ${meant}? ${all}`,
      }
    })
}

/** A misspelt filter must not pass for no filter. */
export const unknownParameters = (names: Iterable<string>, known: ReadonlyArray<string>): BadRequest | undefined => {
  const unknown = unknownKeys(names, known, ["query"], "this route")
  return unknown.length === 0 ? undefined : badFields(unknown)
}

/** The query of a URL as it was sent. The router also begins one at `;`. */
const queryOf = (url: string): string => /^[^?;#]*[?;]([^#]*)/.exec(url)?.[1] ?? ""

/** Parsers of URLs take a stray % as it stands and replace what is not UTF-8: another value than was meant. */
const misencoded = (text: string): string | undefined => {
  if (/%(?![0-9a-f]{2})/i.test(text)) return "is not percent-encoded: write % as %25"
  try {
    decodeURIComponent(text)
    return undefined
  } catch {
    return "is not UTF-8 when decoded: percent-encode its bytes in UTF-8"
  }
}

const decoded = (text: string): string => {
  const spaced = text.replaceAll("+", " ")
  return misencoded(spaced) === undefined ? decodeURIComponent(spaced) : text
}

/** The parameters of `url`, or what is wrong with them: badly encoded, not `known`, or given twice where `lists` does not take several. */
export const parametersOf = (
  url: string,
  known: ReadonlyArray<string>,
  lists: ReadonlyArray<string> = [],
): Result.Result<URLSearchParams, BadRequest> => {
  const query = queryOf(url)
  const broken = query.split("&").flatMap((pair): ReadonlyArray<BadField> => {
    const message = misencoded(pair)
    return message === undefined ? [] : [{ path: ["query", shown(decoded(pair.split("=", 1)[0]!))], message }]
  })
  if (broken.length > 0) return Result.fail(badFields(broken))
  const params = new URLSearchParams(query)
  const unknown = unknownParameters(params.keys(), known)
  if (unknown !== undefined) return Result.fail(unknown)
  const repeated = known
    .map((name) => ({ name, times: params.getAll(name).length }))
    .filter(({ name, times }) => times > 1 && !lists.includes(name))
    .map(({ name, times }) => ({ path: ["query", name], message: `was given ${times} times: give it once` }))
  return repeated.length > 0 ? Result.fail(badFields(repeated)) : Result.succeed(params)
}
