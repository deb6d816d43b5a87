import { Result } from "effect"
import { quoted, unquoted, type TargetRules } from "../../targets/TargetCheck.ts"

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
const HOST = /^(?:https?:\/\/)?(?:(?:www|m|music|gaming|studio)\.)?(?:youtube(?:-nocookie)?\.com|youtu\.be)(?=[/?#]|$)/i

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
  const feedOf = url?.searchParams.get("channel_id") ?? ""
  if (CHANNEL.test(feedOf)) return `write channel:${feedOf}`
  if (first === "hashtag" && second !== "") return `write search:#${second}`
  if (first === "clip" && second !== "") return "one video cannot be watched: write channel: with the @handle of its channel"
  if (HANDLE.test(first)) return `write channel:${first}`
  if (first === "channel" && CHANNEL.test(second)) return `write channel:${second}`
  if (first === "results" && url?.searchParams.get("search_query")) return `write search:${url.searchParams.get("search_query")}`
  if (first === "user" || first === "c")
    return "an old address: open it in a browser, and write channel: with the @handle that the channel shows"
  if (first === "playlist" || (url?.searchParams.has("list") === true && first !== "watch") || url?.searchParams.has("playlist_id"))
    return "a playlist cannot be watched: write channel: with the @handle of its channel"
  if (first === "watch" || first === "shorts" || first === "live" || first === "embed" || url?.hostname === "youtu.be")
    return "one video cannot be watched: write channel: with the @handle of its channel"
  if (first === "feed" || first === "") return "write mostPopular: and a country, such as mostPopular:US"
  if (second === "" && HANDLE.test(`@${first}`)) return `write channel:@${first}, if that is its handle`
  return `write ${FORMS}`
}

const regions = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" })
const OTHER_CODES: Readonly<Record<string, string>> = {
  UK: "GB",
  USA: "US",
  GBR: "GB",
  DEU: "DE",
  FRA: "FR",
  IND: "IN",
  JPN: "JP",
  BRA: "BR",
}

/** The code of the country that is meant by one, or by its English name. */
const regionOf = (written: string): string | null => {
  const upper = written.toUpperCase()
  const code = OTHER_CODES[upper] ?? upper
  if (/^[A-Z]{2}$/.test(code)) return code !== "EU" && regions.of(code) !== undefined ? code : null
  for (let n = 0; written.length > 3 && n < 26 * 26; n++) {
    const one = String.fromCharCode(65 + Math.floor(n / 26), 65 + (n % 26))
    // Of a code that is not used any more, the one that replaced it.
    if (regions.of(one)?.toUpperCase() === upper) return new Intl.Locale(`und-${one}`).region ?? one
  }
  return null
}

const instead = (target: string): string => {
  const text = unquoted(target)
  if (HOST.test(text)) return ofLink(text)
  const [, kind = "", rest = ""] = /^(\w+)\s*:\s*(.*?)\s*$/s.exec(text.includes(":") ? text.replace(/\/+$/, "") : target.trim()) ?? []
  switch (kind.toLowerCase()) {
    case "mostpopular":
    case "popular":
    case "trending":
    case "chart":
    case "charts":
      return regionOf(rest) !== null
        ? `write mostPopular:${regionOf(rest)}`
        : "write mostPopular: and a country of two letters, such as mostPopular:US"
    case "channel":
      if (HOST.test(rest)) return ofLink(rest)
      if (HANDLE.test(rest) || CHANNEL.test(rest)) return `write channel:${rest}`
      if (/\s/.test(rest))
        return `a handle has no spaces: copy it from the channel's page, or write search:${rest.replace(/^@/, "").slice(0, 100)}`
      return HANDLE.test(`@${rest}`) ? `write channel:@${rest}, its handle` : "write channel:UC… (a channel's id) or channel:@handle"
    case "search":
      return rest !== "" ? `write search:${rest.slice(0, 100)}` : "write search: and words, such as search:space telescope"
    case "youtube":
      if (rest !== "") return instead(rest)
      return `write ${FORMS}`
    case "user":
    case "c":
      return "write channel:@handle, as the channel's page shows it"
    case "playlist":
      return "a playlist cannot be watched: write channel: with the @handle of its channel"
    default:
  }
  if (/^(?:trending|popular|most ?popular|charts?)$/i.test(text)) return "write mostPopular: and a country, such as mostPopular:US"
  if (/^[A-Z]{2,3}$/.test(text) && regionOf(text) !== null)
    return `write mostPopular:${regionOf(text)} for the chart of a country, or search:${text}`
  if (/^#[^\s#]/.test(text)) return `write search:${text.slice(0, 100)}`
  if (text.startsWith("@") && /\s/.test(text))
    return `a handle has no spaces: copy it from the channel's page, or write search:${text.slice(1, 101)}`
  if (HANDLE.test(text)) return `write channel:${text}`
  if (/^UC[\w-]{22}$/.test(text)) return `write channel:${text}`
  if (/^(?:PL|UU|FL|OL|RD)[\w-]{10,}$/.test(text)) return "a playlist cannot be watched: write channel: with the @handle of its channel"
  if (kind === "" && HANDLE.test(`@${text}`)) return `write channel:@${text} for a channel, or search:${text} for what is said about it`
  return kind === "" ? `write search:${text.slice(0, 100)} to search, or ${FORMS}` : `write ${FORMS}`
}

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
