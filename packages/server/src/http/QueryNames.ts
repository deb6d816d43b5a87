import { type BadField, badFields, type BadRequest } from "@signalflow/domain/api/Access"

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
