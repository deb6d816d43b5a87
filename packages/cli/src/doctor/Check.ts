/** One thing that was looked at. `todo` says what to do when it is not well. */
export interface Check {
  readonly name: string
  readonly state: "ok" | "warning" | "failed"
  readonly found: string
  readonly todo: string | null
}

export const ok = (name: string, found: string): Check => ({ name, state: "ok", found, todo: null })
export const failed = (name: string, found: string, todo: string): Check => ({ name, state: "failed", found, todo })
export const warning = (name: string, found: string, todo: string): Check => ({ name, state: "warning", found, todo })
