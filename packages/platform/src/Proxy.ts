import * as Http from "node:http"
import * as Https from "node:https"

const NAMES = ["http_proxy", "https_proxy", "no_proxy"] as const
/** What runs on this machine is never asked through a proxy: the simulator, a test's servers. */
const LOCAL = ["localhost", "127.0.0.1", "::1", "[::1]"]

export type ProxyEnvironment = Readonly<Partial<Record<(typeof NAMES)[number], string>>>

/** The proxies that the environment names, in lower or upper case; null = none. */
export const proxyEnvironment = (env: NodeJS.ProcessEnv): ProxyEnvironment | null => {
  const found: Partial<Record<(typeof NAMES)[number], string>> = {}
  for (const name of NAMES) {
    const value = (env[name] ?? env[name.toUpperCase()] ?? "").trim()
    if (value !== "") found[name] = value
  }
  if (found.http_proxy === undefined && found.https_proxy === undefined) return null
  return {
    ...found,
    no_proxy: [...(found.no_proxy ?? "").split(",").map((entry) => entry.trim()), ...LOCAL].filter((entry) => entry !== "").join(","),
  }
}

/** What is wrong with a proxy's address, or null. A password in it is never repeated. */
export const proxyFault = (proxies: ProxyEnvironment): string | null => {
  for (const name of ["http_proxy", "https_proxy"] as const) {
    const value = proxies[name]
    const protocol = value === undefined ? "http:" : URL.parse(value)?.protocol
    if (protocol !== "http:" && protocol !== "https:") return `${name.toUpperCase()} must be a URL like http://proxy.example:3128`
  }
  return null
}

/** The address of a proxy for a person: without its user name and password. */
export const shownProxy = (address: string): string => {
  const url = URL.parse(address)
  return url === null ? "not a URL" : `${url.protocol}//${url.host}`
}

/** An agent for one connection that goes through the proxy of the environment, unless NO_PROXY names its host; null = there is no proxy. */
export const proxyAgent = (isSecure: boolean, env: NodeJS.ProcessEnv = process.env): Http.Agent | null => {
  const proxies = proxyEnvironment(env)
  if (proxies === null) return null
  const options = { keepAlive: false, proxyEnv: { ...proxies } }
  return isSecure ? new Https.Agent(options) : new Http.Agent(options)
}

/** Makes `fetch` and every client of `node:http` go through the proxies of the environment. Returns what is wrong with them, or null. */
export const useProxies = (env: NodeJS.ProcessEnv): string | null => {
  const proxies = proxyEnvironment(env)
  if (proxies === null) return null
  const fault = proxyFault(proxies)
  if (fault === null) Http.setGlobalProxyFromEnv({ ...proxies })
  return fault
}
