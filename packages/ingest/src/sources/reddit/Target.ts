import type { SourceConfig } from "@signalflow/domain/sources/Source"
import { Result } from "effect"
import { optionRules } from "./discovery/DiscoveryOptions.ts"
import { quoted, unquoted, type TargetRules } from "../../targets/TargetCheck.ts"
import { sorts } from "./Listings.ts"

const NAME = /^(?:[A-Za-z0-9][A-Za-z0-9_]{1,20}|u_[A-Za-z0-9_-]{3,20})$/

/** The name of a subreddit that a target holds, `r/` before it or not; null when it holds none. */
export const subredditOf = (target: string): string | null => {
  const name = target.replace(/^\/?r\//, "")
  return NAME.test(name) ? name : null
}

export const isTrending = (options: SourceConfig["options"]): boolean => options["mode"] === "trending"

const LINK = /^(?:https?:\/\/)?(?:[a-z]{1,5}\.)?reddit\.com\.?(?=\/|$)/i

const REMAINDER = /^[/\s]*(r|u|user)\/([^/?#\s]+)/i

/** Pages of Reddit that carry no subreddit's name. */
const PAGES = ["subreddits", "search", "explore", "settings", "submit", "t"]
const LISTS = ["hot", "new", "top", "rising", "best", "controversial"]

const instead = (target: string): string => {
  if (/^(?:https?:\/\/)?redd\.it\//i.test(target.trim())) return "one post cannot be watched: write the name of its subreddit"
  const path = unquoted(target.normalize("NFKC"))
    .replace(LINK, "")
    .replaceAll("\\", "/")
    .replace(/^(?:sub)?reddit\s*:\s*(?=\w)/i, "")
    .replace(/^\/?(r|u)(?:\s*\/\s*|\s+)(?=\w)/i, "/$1/")
    .replace(/^(?:https?:\/\/)?[\w.-]{1,100}(?=\/r\/)/i, "")
    .replace(/^\/?r\/(?=r\/)/i, "/")
  const [, kind, name = ""] = REMAINDER.exec(path.startsWith("/") ? path : `/${path}`) ?? []
  const bare = kind === undefined ? path.replaceAll(/^[/#@\s]+|[/\s]+$/g, "") : name
  if (kind !== undefined && kind.toLowerCase() !== "r" && NAME.test(`u_${name}`)) return `write u_${name} for the posts of a user's profile`
  if (/[+,;]/.test(bare)) {
    const names = bare.split(/[+,;\s]+/).filter((part) => NAME.test(part))
    return `add each subreddit as a target of its own${names.length > 0 ? `: ${names.slice(0, 5).join(", ")}` : ""}; they are still read in one request`
  }
  if (target.search(LINK) !== -1 && PAGES.includes(bare.split("/", 1)[0]!.toLowerCase()))
    return "this page of Reddit cannot be watched: write the name of a subreddit, such as science"
  if (LISTS.includes(bare.toLowerCase()))
    return `write the name of a subreddit, such as science; its order is the option sort, such as {"sort":"hot"}`
  if (/^\/?(?:user\/[^/]+\/)?m\//i.test(path)) return "add each subreddit of the multireddit as a target of its own"
  if (NAME.test(bare)) return `write ${bare}`
  const joined = bare.replaceAll(/[\s.-]+/g, "_")
  return NAME.test(joined) && bare !== ""
    ? `a subreddit has letters, digits and _ alone; if it is r/${joined}, write ${joined}`
    : "write the name of a subreddit, 2 to 21 letters, digits or _, such as science"
}

/** Subreddits, by their names as they stand after `r/`; or any name with `mode` `trending`. */
export const rules: TargetRules = {
  check: (target, options) => {
    if (isTrending(options) ? /^[\w-]{1,40}$/.test(target) : NAME.test(target)) return Result.succeed(target.toLowerCase())
    if (isTrending(options)) return Result.fail(`${quoted(target)} cannot name a discovery: write letters, digits, _ or -, such as rising`)
    return Result.fail(`${quoted(target)} is not the name of a subreddit: ${instead(target)}`)
  },
  options: {
    ...optionRules,
    mode: { may: `"trending"`, holds: (value) => value === "trending" },
    sort: { may: `one of ${sorts.join(", ")}`, holds: (value) => sorts.some((sort) => sort === value) },
  },
}
