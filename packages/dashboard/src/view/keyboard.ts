export type Command =
  | { readonly _tag: "Find" }
  | { readonly _tag: "Next" }
  | { readonly _tag: "Previous" }
  | { readonly _tag: "Go"; readonly page: "now" | "posts" | "sources" }
  | { readonly _tag: "Help" }
  | { readonly _tag: "Close" }

export const shortcuts: ReadonlyArray<readonly [keys: ReadonlyArray<string>, what: string]> = [
  [["j"], "next row"],
  [["k"], "previous row"],
  [["Enter"], "open"],
  [["/"], "filter"],
  [["g", "n"], "Now"],
  [["g", "p"], "Posts"],
  [["g", "s"], "Sources"],
  [["?"], "this help"],
  [["Esc"], "close, leave a field"],
]

const SECOND_KEY_MS = 1_200
const pages = { n: "now", p: "posts", s: "sources" } as const

export interface Keys {
  readonly armedAt: number | null
}

/** What a key means after the keys before it. In a field only Escape means anything. */
export const press = (
  keys: Keys,
  event: { readonly key: string; readonly typing: boolean; readonly modified: boolean; readonly at: number },
): readonly [Keys, Command | null] => {
  const idle: Keys = { armedAt: null }
  if (event.key === "Escape") return [idle, { _tag: "Close" }]
  if (event.typing || event.modified) return [idle, null]
  if (keys.armedAt !== null && event.at - keys.armedAt < SECOND_KEY_MS && event.key in pages) {
    return [idle, { _tag: "Go", page: pages[event.key as keyof typeof pages] }]
  }
  switch (event.key) {
    case "g":
      return [{ armedAt: event.at }, null]
    case "/":
      return [idle, { _tag: "Find" }]
    case "j":
      return [idle, { _tag: "Next" }]
    case "k":
      return [idle, { _tag: "Previous" }]
    case "?":
      return [idle, { _tag: "Help" }]
    default:
      return [idle, null]
  }
}

/** Moves focus among the rows of the page, in the order they stand. */
export const focusRow = (step: 1 | -1): void => {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")].filter(
    (row) => row.offsetParent !== null || row.getClientRects().length > 0,
  )
  const from = rows.indexOf(document.activeElement as HTMLElement)
  const at = from === -1 ? rows.findIndex((row) => row.ariaExpanded === "true") : from
  const next = rows[at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))]
  next?.focus()
  next?.scrollIntoView({ block: "nearest" })
}

export const focusFilter = (): void => {
  const field = document.querySelector<HTMLInputElement>("[data-filter]")
  field?.focus()
  field?.select()
}
