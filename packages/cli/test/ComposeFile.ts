import { parse } from "yaml"

export interface Service {
  readonly image?: string
  readonly user?: string
  readonly read_only?: boolean
  readonly restart?: string
  readonly command?: ReadonlyArray<string>
  readonly entrypoint?: ReadonlyArray<string>
  readonly environment?: Readonly<Record<string, string | number>>
  readonly networks?: ReadonlyArray<string>
  readonly ports?: ReadonlyArray<string>
  readonly volumes?: ReadonlyArray<string>
  readonly tmpfs?: ReadonlyArray<string>
  readonly configs?: ReadonlyArray<{ readonly source: string; readonly target: string }>
  readonly secrets?: ReadonlyArray<string>
  readonly cap_drop?: ReadonlyArray<string>
  readonly security_opt?: ReadonlyArray<string>
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test?: ReadonlyArray<string>; readonly disable?: boolean }
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly deploy?: {
    readonly resources?: { readonly limits?: { readonly cpus?: string; readonly memory?: string; readonly pids?: number } }
  }
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>
  readonly networks?: Readonly<Record<string, { readonly internal?: boolean }>>
  readonly volumes?: Readonly<Record<string, unknown>>
  readonly configs?: Readonly<Record<string, { readonly file: string }>>
  readonly secrets?: Readonly<Record<string, { readonly file?: string }>>
}

export const read = (text: string): ComposeFile => parse(text, { merge: true }) as ComposeFile

/** What an overlay adds, as `docker compose -f a -f b` joins the lists that ours use. */
export const overlaid = (base: ComposeFile, over: ComposeFile): ComposeFile => {
  const services: Record<string, Service> = { ...base.services }
  for (const [name, { networks = [], ports = [], ...rest }] of Object.entries(over.services)) {
    const under = services[name] ?? {}
    services[name] = {
      ...under,
      ...rest,
      networks: [...new Set([...(under.networks ?? []), ...networks])],
      ports: [...(under.ports ?? []), ...ports],
    }
  }
  return { ...base, ...over, services }
}

const VARIABLE = /\$\{(\w+)(?::([-?])([^}]*))?\}/g

/** `${NAME}`, `${NAME:-default}` and `${NAME:?why}` of a value, replaced as compose does it. */
export const interpolated = (value: string | number, env: Readonly<Record<string, string>>): string =>
  String(value).replace(VARIABLE, (_, name: string, kind: string | undefined, rest: string | undefined) => {
    const given = env[name] ?? ""
    return given === "" && kind === "-" ? (rest ?? "") : given
  })

export interface Variable {
  readonly name: string
  /** `${NAME:?why}`: nothing starts without it. */
  readonly required: boolean
}

/** The variables that a file asks its environment for. */
export const variables = (text: string): ReadonlyArray<Variable> => {
  const found = new Map<string, boolean>()
  for (const [, name, kind] of text.matchAll(VARIABLE)) found.set(name!, (found.get(name!) ?? false) || kind === "?")
  return [...found].map(([name, required]) => ({ name, required }))
}

/** A file of `NAME=value` lines. */
export const envFile = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text
      .split("\n")
      .filter((line) => /^\w+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  )
