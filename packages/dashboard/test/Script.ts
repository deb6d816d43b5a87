import type { Transport } from "../src/server/client.ts"
import type { SessionMessage } from "../src/server/session.ts"
import type { Tabs } from "../src/server/tabs.ts"

export type Answer = (request: {
  readonly path: string
  readonly query: URLSearchParams
  readonly token: string | null
  readonly body: string
}) => Response | Promise<Response>

export const json = (value: unknown, status = 200): Response =>
  new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } })

export const token = (access: string, expiresIn = 3_600): Response => json({ access, expiresIn, user: "me", role: "admin" })
/** As the server writes an error (RFC 9457). */
export const problem = (body: { readonly status: number; readonly title: string; readonly detail: string; readonly retryAfter?: number }) =>
  new Response(JSON.stringify({ type: "about:blank", ...body }), {
    status: body.status,
    headers: { "content-type": "application/problem+json" },
  })
export const unauthorized = (detail = "no session"): Response => problem({ status: 401, title: "Unauthorized", detail })

/** A server at the other end of `fetch`, so that the typed client itself is under test. `asked` lists what reached it. */
export const scripted = (answer: Answer): { readonly transport: Transport; readonly asked: Array<string> } => {
  const asked: Array<string> = []
  const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const url = new URL(String(input))
    const headers = new Headers(init?.headers)
    const path = url.pathname.replace(/\/$/, "")
    asked.push(`${init?.method ?? "GET"} ${path}`)
    const body = init?.body === undefined || init.body === null ? "" : await new Response(init.body).text()
    return await answer({ path, query: url.searchParams, token: headers.get("authorization")?.replace(/^Bearer /, "") ?? null, body })
  }
  return { transport: { baseUrl: "http://localhost:3000", fetch }, asked }
}

/** A browser with as many tabs as are opened from it: one lock, one channel. */
export const browser = () => {
  let last: Promise<unknown> = Promise.resolve()
  const listeners: Array<{ readonly tab: number; readonly listen: (message: SessionMessage) => void }> = []
  let tabs = 0
  return {
    tab: (): Tabs<SessionMessage> => {
      const tab = ++tabs
      return {
        exclusive: (work) => {
          const mine = last.then(work, work)
          last = mine.catch(() => undefined)
          return mine
        },
        tell: (message) => {
          for (const other of listeners) if (other.tab !== tab) other.listen(message)
        },
        listen: (listen) => void listeners.push({ tab, listen }),
      }
    },
  }
}
