import { isIP } from "node:net"

/** Names that never belong to the public internet (RFC 6761, RFC 8375, RFC 6762, RFC 7686, `.internal`), and those of one label. */
const LOCAL = /(?:^|\.)(?:localhost|local|internal|home\.arpa|onion|invalid)\.?$/i

export const isLocalName = (host: string): boolean => isIP(host) === 0 && (LOCAL.test(host) || !host.replace(/\.$/, "").includes("."))
