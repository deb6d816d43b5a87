import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { problem } from "./Problem.ts"

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Not found · SignalFlow</title>
<h1>There is no such page</h1>
<p>Go to the <a href="/">dashboard</a> or the <a href="/docs">API reference</a>.</p></html>`

const isBrowser = (accept: string | undefined): boolean => (accept ?? "").toLowerCase().includes("text/html")

/** 404: a page for who reads pages, a problem for programs. */
export const notFound = (request: HttpServerRequest.HttpServerRequest): HttpServerResponse.HttpServerResponse =>
  isBrowser(request.headers["accept"])
    ? HttpServerResponse.html(PAGE).pipe(HttpServerResponse.setStatus(404))
    : problem(404, "There is no such page or file: see /docs for the API")
