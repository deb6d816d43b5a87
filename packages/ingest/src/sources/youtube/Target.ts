/** What one target of YouTube watches. */
export type Target =
  | { readonly _tag: "MostPopular"; readonly region: string }
  | { readonly _tag: "Channel"; readonly channel: string }
  | { readonly _tag: "Search"; readonly words: string }

/** `mostPopular:US`, `channel:UC…` (or `channel:@handle`), `search:words`; else why it is none. */
export const targetOf = (text: string): Target | string => {
  const [, kind, rest] = /^(\w+):\s*(.*?)\s*$/s.exec(text) ?? []
  if (kind === "mostPopular" && /^[A-Z]{2}$/.test(rest!)) return { _tag: "MostPopular", region: rest! }
  if (kind === "channel" && /^(UC[\w-]{1,62}|@[\p{L}\p{N}._·-]{3,60})$/u.test(rest!)) return { _tag: "Channel", channel: rest! }
  if (kind === "search" && rest !== "") return { _tag: "Search", words: rest! }
  return `"${text}" is no target of YouTube: use mostPopular:US (a country), channel:UC… (a channel's id) or channel:@handle, or search:words`
}
