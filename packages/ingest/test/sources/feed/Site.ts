import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"

export interface Asked {
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

/** A web site on loopback that answers as it is told. */
export const site = (answer: (asked: Asked, response: ServerResponse) => void) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<{ readonly port: number; readonly asked: Array<Asked>; readonly close: () => void }>((resume) => {
        const asked: Array<Asked> = []
        const server = createServer(({ url, headers }, response) => {
          const one = { path: url ?? "/", headers }
          asked.push(one)
          answer(one, response)
        })
        server.listen(0, "127.0.0.1", () => {
          const close = () => server.close().closeAllConnections()
          resume(Effect.succeed({ port: (server.address() as AddressInfo).port, asked, close }))
        })
      }),
      ({ close }) => Effect.sync(close),
    ),
    ({ port, asked }) => ({ asked, url: `http://127.0.0.1:${port}`, port }),
  )

export const rss = (items: string, title = "Site") =>
  `<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>${title}</title><link>https://site.example/</link>${items}</channel></rss>`

export const item = (n: number, title = `Post ${n}`) =>
  `<item><title>${title}</title><link>https://site.example/${n}</link><guid isPermaLink="false">post-${n}</guid><pubDate>Sun, 22 Nov 2026 0${n % 10}:00:00 GMT</pubDate></item>`
