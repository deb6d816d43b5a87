const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "it refuses connections (nothing listens there, or a firewall forbids it)",
  ENOTFOUND: "no such host: the name is unknown (check the spelling, and DNS)",
  ENODATA: "no such host: the name has no address",
  EAI_AGAIN: "the name cannot be looked up: DNS does not answer (is this machine online?)",
  ETIMEDOUT: "connecting timed out",
  UND_ERR_CONNECT_TIMEOUT: "connecting timed out",
  UND_ERR_HEADERS_TIMEOUT: "it did not answer in time",
  UND_ERR_BODY_TIMEOUT: "it stopped sending in the middle of its answer",
  ECONNRESET: "it closed the connection before it had answered",
  EPIPE: "it closed the connection before it had answered",
  UND_ERR_SOCKET: "it closed the connection before it had answered",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to its network (is this machine online?)",
  EADDRNOTAVAIL: "no route to its network (is this machine online?)",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet (check the clock of this machine)",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate comes from an authority that is not trusted (NODE_EXTRA_CA_CERTS adds one)",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate comes without its intermediate certificates",
  UNABLE_TO_GET_ISSUER_CERT: "its certificate comes without its intermediate certificates",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate comes from an authority that is not trusted (NODE_EXTRA_CA_CERTS adds one)",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS on this port (http instead of https?)",
  EPROTO: "no TLS connection could be agreed on (http instead of https?)",
}

const prefixes = [
  ["HPE_", "its answer is not HTTP"],
  ["ERR_SSL_", "no TLS connection could be agreed on (http instead of https?)"],
  ["ERR_TLS_", "no TLS connection could be agreed on"],
  ["CERT_", "its certificate is not trusted"],
] as const

const wordsFor = (code: string): string | undefined => WORDS[code] ?? prefixes.find(([prefix]) => code.startsWith(prefix))?.[1]

interface Link {
  readonly code?: unknown
  readonly message?: unknown
  readonly cause?: unknown
  readonly reason?: unknown
  readonly errors?: unknown
}

/** An error and the errors that caused it, outermost first. */
const chain = (error: unknown): ReadonlyArray<Link> => {
  const links: Array<Link> = []
  const waiting = [error]
  while (waiting.length > 0 && links.length < 20) {
    const next = waiting.shift()
    if (typeof next !== "object" || next === null || links.includes(next)) continue
    const link: Link = next
    links.push(link)
    waiting.push(link.reason, link.cause, ...(Array.isArray(link.errors) ? link.errors.slice(0, 5) : []))
  }
  return links
}

/** Why a connection failed, in plain words with the code that a search finds; without a known code, the innermost message. */
export const whyFailed = (error: unknown): string => {
  const links = chain(error)
  for (const { code } of links) {
    const words = typeof code === "string" ? wordsFor(code) : undefined
    if (words !== undefined) return `${words} [${String(code)}]`
  }
  const said = links.flatMap(({ message }) => (typeof message === "string" && message !== "" ? [message] : []))
  return (said.at(-1) ?? String(error)).replace(/\s+/g, " ").slice(0, 200)
}
