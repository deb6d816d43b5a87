/** What a page of ours may load: itself. `host` has passed the host guard. */
const contentPolicy = (host: string): string =>
  [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    // Not every browser takes 'self' to include the socket of the same host.
    `connect-src 'self' ws://${host} wss://${host}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ")

/** An answer that is no page loads nothing. */
const NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** On every response; a page with needs of its own (`/docs`) replaces the policy. Without a `host` that has passed the guard nothing may be loaded. */
export const securityHeaders = (host?: string): Record<string, string> => ({
  "content-security-policy": host === undefined ? NOTHING : contentPolicy(host),
  // Answers are of one user and one moment; what may be kept says so itself.
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
})
