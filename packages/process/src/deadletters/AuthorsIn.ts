import type { DeadLetterRecord } from "@signalflow/domain/deadletters/DeadLetterRecord"
import type { Author } from "../store/SignalStore.ts"

const MOST = 20

const PLATFORM = /"(?:platform|source)"\s*:\s*"([a-z][a-z0-9]{0,31})"/g
const NAMED = /"author"\s*:\s*("(?:[^"\\]|\\.){1,600}")/g

const parsed = (json: string): string | null => {
  try {
    return JSON.parse(json) as string
  } catch {
    return null
  }
}

/** Whom a payload names as author, also one that is not JSON as a whole, on each platform that it, its key or its topic may mean. */
export const authorsIn = ({ topic, key, payload }: Pick<DeadLetterRecord, "topic" | "key" | "payload">): ReadonlyArray<Author> => {
  const names = new Set<string>()
  for (const [, json] of payload.matchAll(NAMED)) {
    const author = parsed(json!)
    if (author !== null && author !== "") names.add(author.toWellFormed())
    if (names.size === MOST) break
  }
  if (names.size === 0) return []
  const platforms = new Set([topic.split(".", 1)[0]!])
  if (key?.includes(":")) platforms.add(key.slice(0, key.indexOf(":")))
  for (const [, platform] of payload.matchAll(PLATFORM)) if (platforms.size < MOST) platforms.add(platform!)
  return [...platforms].flatMap((platform) => [...names].map((author) => ({ platform, author })))
}
