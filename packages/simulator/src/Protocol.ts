import type { IncomingHttpHeaders, IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"

export interface Reply {
  readonly status: number
  readonly body: string | Buffer
  readonly type: "application/json" | "application/octet-stream" | "application/rss+xml" | "text/plain" | "text/html"
  readonly headers?: Readonly<Record<string, string>>
}

export interface Asked {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** One upstream's way of talking. A new platform is one file under `protocols/` and one line in `Simulator.ts`. */
export interface Protocol {
  readonly name: string
  /** Null: not mine. */
  readonly http: (url: URL, asked: Asked) => Reply | null
  readonly upgrade?: (url: URL, request: IncomingMessage, socket: Duplex, head: Buffer) => boolean
  /** Something may have happened in the world. */
  readonly wake?: () => void
  readonly close?: () => void
}

export const json = (value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  body: JSON.stringify(value),
  type: "application/json",
  headers,
})
export const text = (body: string, status: number): Reply => ({ status, body, type: "text/plain" })
