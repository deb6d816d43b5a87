const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]

/** Whether a request may carry this `Host`, on the port that it came in by. */
export type HostGuard = (host: string | undefined, port: number) => boolean

/**
 * Only names that were meant may reach this server: a page that makes its own name point at 127.0.0.1 (DNS rebinding) sends
 * that name. An entry without a port stands for the name alone and with the server's own port.
 */
export const hostGuard = (allowed: ReadonlyArray<string>): HostGuard => {
  const names = new Set(allowed.length > 0 ? allowed : LOOPBACK)
  return (host, port) => {
    if (host === undefined || host.length > 300) return false
    const given = host.toLowerCase()
    const suffix = `:${port}`
    const name = given.endsWith(suffix) ? given.slice(0, -suffix.length) : given
    if (allowed.length > 0) return names.has(given) || names.has(name)
    return names.has(name) && (given !== name || port === 80)
  }
}

/** A browser's request must come from a page of this very server. Programs send no `Origin`. `host` has passed the guard. */
export const originAllowed = (origin: string | undefined, host: string, loopbackOnly: boolean): boolean => {
  if (origin === undefined) return true
  const given = origin.toLowerCase()
  return given === `http://${host.toLowerCase()}` || (!loopbackOnly && given === `https://${host.toLowerCase()}`)
}
