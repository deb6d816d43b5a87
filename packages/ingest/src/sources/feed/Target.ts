import { isIP } from "node:net"
import { Result } from "effect"
import { quoted, type TargetRules, unquoted } from "../../targets/TargetCheck.ts"
import type { Permits } from "./Client.ts"
import { isLocalName } from "./LocalName.ts"

const hostOf = (url: URL) => url.hostname.replace(/^\[|\]$/g, "")

/** The same address without what a password or a fragment adds. */
const bare = (url: URL): string => {
  const copy = new URL(url)
  copy.username = copy.password = copy.hash = ""
  return copy.href
}

/** An account of the fediverse, which has a feed at its page's address. */
const ACCOUNT = /^@([\w.-]{1,60})@((?:[\w-]{1,63}\.)+[a-z]{2,63})$/i

/** Whether a host has the parts of a name that can be looked up. */
const isName = (host: string) => isIP(host) !== 0 || !/^\.|\.\.|\*/.test(host)

/** How an address that lacks its scheme, or has another, would be written; null when that is no address either. */
const instead = (target: string): string | null => {
  const account = ACCOUNT.exec(target)
  if (account !== null) return `https://${account[2]!.toLowerCase()}/@${account[1]}.rss`
  if (/^(?:mailto:|[./\\](?!\/))/i.test(target)) return null
  const written = unquoted(target.normalize("NFKC"))
    .replace(/^\[?[^[\]]{0,100}\]\((?=https?:)/i, "")
    .replace(/^https?:\/\/(?=https?:?\/\/)/i, "")
  const rest = written.replace(/^(?:[a-z][a-z0-9+.-]*:(?=\/\/|https?:)|feed:)+/i, "").replace(/^(https?)(?::\/*|\/\/+)/i, "$1://")
  const text = /^https?:/i.test(rest) ? rest : `https://${rest.replace(/^\/+/, "")}`
  const url = /\s/.test(text) ? null : URL.parse(text)
  return url !== null && (isIP(hostOf(url)) !== 0 || /[^.]\.[^.]/.test(url.hostname)) ? bare(url) : null
}

/** The address of a feed that a target names, or why it names none and what to write instead. Never repeats a password. */
export const addressOf = (target: string): Result.Result<URL, string> => {
  const url = /^https?:\/\//i.test(target) ? URL.parse(target) : null
  if ((target.match(/https?:\/\/[^/\s]{3}/gi)?.length ?? 0) > 1 && /[\s,;]https?:\/\//i.test(target) && !target.includes("@"))
    return Result.fail(`${quoted(target)} is more than one address: add each as a target of its own`)
  if (url !== null && (/^https?:\/\/https?:?\/\//i.test(target) || target.includes("&amp;"))) {
    const other = instead(target.replaceAll("&amp;", "&"))
    if (other !== null) return Result.fail(`${target.includes("@") ? "this" : quoted(target)} was not copied as it is: write ${other}`)
  }
  if (url !== null && !isName(hostOf(url)))
    return Result.fail(`${quoted(hostOf(url))} cannot be the name of a host: write the whole address of the feed`)
  if (url !== null && url.username === "" && url.password === "") return Result.succeed(url)
  if (url !== null) return Result.fail(`an address with a user name or password is not read: write ${bare(url)} if the feed is public`)
  const other = instead(target)
  const shown = target.includes("@") ? "this" : quoted(target)
  if (other !== null) return Result.fail(`${shown} is not an http or https address: write ${other}`)
  return Result.fail(`${shown} is not the address of a feed: write https://… or http://…, such as https://example.org/feed.xml`)
}

/** Feeds by their address, where `permits` allows it; a name is looked at again when it is connected to. */
export const rulesFor = (permits: Permits): TargetRules => ({
  check: (target) =>
    Result.flatMap(addressOf(target), (url) => {
      const host = hostOf(url)
      const refused = isIP(host) !== 0 ? !permits(host) : isLocalName(host)
      if (refused)
        return Result.fail(
          `${url.hostname} is not on the public internet: private, loopback and reserved addresses are not read; write the public address of the feed`,
        )
      // A dot at the end of a name changes nothing.
      return Result.succeed(bare(url).replace(/^(https?:\/\/[^/?:]+)\.(?=[/?:])/, "$1"))
    }),
})
