import { Redacted } from "effect"

/** Where Redis is and how to sign in, as a URL says it. */
export interface RedisAddress {
  readonly host: string
  readonly port: number
  readonly username: string | undefined
  readonly password: string | undefined
  readonly tls: boolean
}

/** Reads `redis://user:password@host:port` or `rediss://…`; null where it is none. */
export const parseAddress = (url: Redacted.Redacted): RedisAddress | null => {
  try {
    const { protocol, hostname, port, username, password } = new URL(Redacted.value(url))
    if ((protocol !== "redis:" && protocol !== "rediss:") || hostname === "") return null
    return {
      host: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: port === "" ? 6379 : Number(port),
      username: username === "" ? undefined : decodeURIComponent(username),
      password: password === "" ? undefined : decodeURIComponent(password),
      tls: protocol === "rediss:",
    }
  } catch {
    return null
  }
}

const clip = (text: string) => text.slice(0, 300)

/** What went wrong at `address` and what to do; never a password, whatever the server or the library says. */
export const explain = ({ host, port, username, password, tls }: RedisAddress, thrown: unknown): string => {
  const said = thrown instanceof Error ? [thrown, ...("errors" in thrown ? (thrown.errors as Array<unknown>) : [])] : [thrown]
  const text = said.map((error) => (error instanceof Error ? error.message : String(error ?? ""))).find((message) => message !== "") ?? ""
  const safe = clip(password === undefined ? text : text.replaceAll(password, "…"))
  const where = `Redis at ${host}:${port}`
  if (/^WRONGPASS|invalid password/i.test(text))
    return `${where} refuses the password of REDIS_URL${username === undefined ? "" : ` for user ${JSON.stringify(username)}`}`
  if (/^NOAUTH|Authentication required/i.test(text))
    return `${where} wants a password: write it into REDIS_URL (redis://:password@host:port)`
  if (/wrong version number|packet length too long|record layer/i.test(text)) return `${where} does not speak TLS: REDIS_URL says rediss://`
  if (/certificate|self-signed|altname/i.test(text)) return `The certificate of ${where} is not trusted: ${safe}`
  if (/^(MaxRetriesPerRequest|Reached the max retries)|^Connection is closed|^Stream isn't writeable|^$/.test(text))
    return `${where} closed the connection${tls ? "" : " (if it wants TLS, REDIS_URL must say rediss://)"}`
  if (/^(Socket timeout|Command timed out|connect ETIMEDOUT)/.test(text))
    return `${where} does not answer${tls ? "; does it speak TLS, as rediss:// says?" : ""}`
  return `${where}: ${safe}`
}
