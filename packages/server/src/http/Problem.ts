import { HttpServerResponse } from "effect/http"
import { STATUS_CODES } from "node:http"

export const CONTENT_TYPE = "application/problem+json"

const DETAIL_LIMIT = 1_000

export const problemBody = (status: number, detail: string, fields: object = {}) => ({
  type: "about:blank",
  title: STATUS_CODES[status] ?? "Error",
  status,
  detail,
  ...fields,
})

export const problem = (
  status: number,
  detail: string,
  headers: Record<string, string> = {},
  fields: object = {},
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(problemBody(status, detail, fields), { status, contentType: CONTENT_TYPE, headers })

/** An error response without a body, or with a line of text, in the shape of RFC 9457. Whatever else it has is left as it is. */
export const asProblem = (response: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse => {
  if (response.status < 400) return response
  const isText = (response.headers["content-type"] ?? "").startsWith("text/plain")
  if (response.body._tag !== "Empty" && !isText) return response
  const text = response.body._tag === "Uint8Array" ? new TextDecoder().decode(response.body.body) : ""
  const refusedType = /^Unsupported content-type: (.*)$/.exec(text)?.[1]
  const said = refusedType === undefined ? text : `The body is ${refusedType || "of no type"}: send Content-Type: application/json`
  const detail = (said.length > DETAIL_LIMIT ? `${said.slice(0, DETAIL_LIMIT)}…` : said) || (STATUS_CODES[response.status] ?? "Error")
  return HttpServerResponse.jsonUnsafe(problemBody(response.status, detail), {
    status: response.status,
    contentType: CONTENT_TYPE,
    headers: Object.fromEntries(Object.entries(response.headers).filter(([name]) => name !== "content-type" && name !== "content-length")),
    cookies: response.cookies,
  })
}
