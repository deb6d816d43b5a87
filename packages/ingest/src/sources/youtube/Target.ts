import { Result } from "effect"
import { quoted, type TargetRules } from "../../targets/TargetCheck.ts"

/** What one target of YouTube watches. */
export type Target =
  | { readonly _tag: "MostPopular"; readonly region: string }
  | { readonly _tag: "Channel"; readonly channel: string }
  | { readonly _tag: "Search"; readonly words: string }

const CHANNEL = /^UC[\w-]{1,62}$/
const HANDLE = /^@[\p{L}\p{M}\p{N}._·-]{3,60}$/u

/** `mostPopular:US`, `channel:UC…` (or `channel:@handle`), `search:words`; else why it is none. */
export const targetOf = (text: string): Target | string => {
  const [, kind, rest] = /^(\w+):\s*(.*?)\s*$/s.exec(text) ?? []
  if (kind === "mostPopular" && /^[A-Z]{2}$/.test(rest!)) return { _tag: "MostPopular", region: rest! }
  if (kind === "channel" && (CHANNEL.test(rest!) || HANDLE.test(rest!))) return { _tag: "Channel", channel: rest! }
  if (kind === "search" && rest !== "") return { _tag: "Search", words: rest! }
  return `${quoted(text)} is not a target of YouTube: ${instead(text)}`
}

const FORMS = "mostPopular:US (a country), channel:UC… (a channel's id) or channel:@handle, or search:words"
const HOST = /^(?:https?:\/\/)?(?:(?:www|m|music|gaming)\.)?(?:youtube(?:-nocookie)?\.com|youtu\.be)(?=[/?#]|$)/i

const decoded = (text: string) => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const ofLink = (link: string): string => {
  const url = URL.parse(link.replace(/^(?:https?:\/\/)?/i, "https://"))
  const [first = "", second = ""] = (url?.pathname ?? "")
    .split("/")
    .filter((part) => part !== "")
    .map(decoded)
  if (HANDLE.test(first)) return `write channel:${first}`
  if (first === "channel" && CHANNEL.test(second)) return `write channel:${second}`
  if (first === "results" && url?.searchParams.get("search_query")) return `write search:${url.searchParams.get("search_query")}`
  if (first === "user" || first === "c")
    return "an old address: open it in a browser, and write channel: with the @handle that the channel shows"
  if (first === "playlist" || (url?.searchParams.has("list") === true && first !== "watch"))
    return "a playlist cannot be watched: write channel: with the @handle of its channel"
  if (first === "watch" || first === "shorts" || first === "live" || first === "embed" || url?.hostname === "youtu.be")
    return "one video cannot be watched: write channel: with the @handle of its channel"
  if (first === "feed" || first === "") return "write mostPopular: and a country, such as mostPopular:US"
  return `write channel:@handle, or ${FORMS}`
}

const instead = (target: string): string => {
  const text = target.trim()
  if (HOST.test(text)) return ofLink(text)
  const [, kind = "", rest = ""] = /^(\w+)\s*:\s*(.*?)\s*$/s.exec(text) ?? []
  switch (kind.toLowerCase()) {
    case "mostpopular":
      return /^[a-z]{2}$/i.test(rest)
        ? `write mostPopular:${rest.toUpperCase() === "UK" ? "GB" : rest.toUpperCase()}`
        : "write mostPopular: and a country of two letters, such as mostPopular:US"
    case "channel":
      if (HOST.test(rest)) return ofLink(rest)
      return HANDLE.test(`@${rest}`) ? `write channel:@${rest}, its handle` : "write channel:UC… (a channel's id) or channel:@handle"
    case "search":
      return "write search: and words, such as search:space telescope"
    case "user":
    case "c":
      return "write channel:@handle, as the channel's page shows it"
    case "playlist":
      return "a playlist cannot be watched: write channel: with the @handle of its channel"
    default:
  }
  if (HANDLE.test(text)) return `write channel:${text}`
  if (/^UC[\w-]{22}$/.test(text)) return `write channel:${text}`
  if (/^(?:PL|UU|FL|OL|RD)[\w-]{10,}$/.test(text)) return "a playlist cannot be watched: write channel: with the @handle of its channel"
  if (kind === "" && HANDLE.test(`@${text}`)) return `write channel:@${text} for a channel, or search:${text} for what is said about it`
  return kind === "" ? `write search:${text.slice(0, 100)} to search, or ${FORMS}` : `write ${FORMS}`
}

const regions = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" })

/** Charts, channels and searches. */
export const rules: TargetRules = {
  check: (text) => {
    const target = targetOf(text)
    if (typeof target === "string") return Result.fail(target)
    if (target._tag === "MostPopular") {
      if (target.region === "UK" || regions.of(target.region) === undefined)
        return Result.fail(
          `${target.region} is not the code of a country: write ${target.region === "UK" ? "mostPopular:GB" : "one such as mostPopular:US"}`,
        )
      return Result.succeed(`chart ${target.region}`)
    }
    if (target._tag === "Channel") {
      if (target.channel.startsWith("@")) return Result.succeed(target.channel.toLowerCase())
      if (/^UC[\w-]{22}$/.test(target.channel)) return Result.succeed(target.channel)
      return Result.fail(
        `${target.channel} is not the id of a channel, which is UC and 22 characters: copy the whole id, or write channel:@handle`,
      )
    }
    return Result.succeed(`search ${target.words.toLowerCase().replaceAll(/\s+/g, " ")}`)
  },
}
