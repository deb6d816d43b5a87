import type { SettingValues } from "@signalflow/domain/settings/Settings"
import { hostGuard } from "@signalflow/server/http/HostGuard"
import { urlHost } from "@signalflow/server/http/Listening"

export interface LinkBase {
  /** The address to open in a browser. */
  readonly url: string
  /** The `Host` that the server answers to. */
  readonly host: string
  /** Why the address may not work as it is; null: it does, on this machine. */
  readonly warning: string | null
}

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]

/** Names by which this machine reaches a server that listens at `host`. */
const names = (host: string): ReadonlyArray<string> => {
  const first = urlHost(host)
  if (host === "0.0.0.0" || host === "::" || host === "") return LOOPBACK
  if (first === "127.0.0.1") return ["127.0.0.1", "localhost"]
  return first === "[::1]" || first === "localhost" ? [first, "localhost"] : [first]
}

/** Where a browser reaches the server that listens at HOST and `port`, under a name that ALLOWED_HOSTS lets through. */
export const linkBase = ({ HOST, ALLOWED_HOSTS }: Pick<SettingValues, "HOST" | "ALLOWED_HOSTS">, port: number): LinkBase => {
  const allowed = hostGuard(ALLOWED_HOSTS)
  const near = names(HOST).map((name) => `${name}:${port}`)
  const found = near.find((host) => allowed(host, port))
  if (found !== undefined) return { url: `http://${found}`, host: found, warning: null }
  if (ALLOWED_HOSTS.length === 0) {
    return {
      url: `http://${near[0]}`,
      host: `127.0.0.1:${port}`,
      warning: `HOST is ${HOST} and ALLOWED_HOSTS is empty: the server answers to 127.0.0.1 and localhost alone. Set ALLOWED_HOSTS=${near[0]!.replace(/:\d+$/, "")}`,
    }
  }
  const entry = ALLOWED_HOSTS[0]!
  const host = /:\d+$/.test(entry) ? entry : `${entry}:${port}`
  return {
    url: `http://${host}`,
    host,
    warning: `ALLOWED_HOSTS leaves out ${near[0]}: the link works where ${entry} leads to this server; behind a proxy write its address in place of http://${host}. To open it on this machine add 127.0.0.1 to ALLOWED_HOSTS`,
  }
}
