import { HttpServerResponse } from "effect/http"
import { STATUS_CODES } from "node:http"

export const CONTENT_TYPE = "application/problem+json"

interface Issue {
  readonly path: ReadonlyArray<string | number>
  readonly message: string
}

const DETAIL_LIMIT = 1_000

export const problemBody = (status: number, detail: string, fields: object = {}) => ({
  type: "about:blank",
  title: STATUS_CODES[status] ?? "Error",
  status,
  detail,
  ...fields,
})

export const problem = (status: number, detail: string, headers: Record<string, string> = {}): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(problemBody(status, detail), { status, contentType: CONTENT_TYPE, headers })

const parsed = (text: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

const issuesOf = (body: Record<string, unknown>): ReadonlyArray<Issue> => {
  if (Array.isArray(body["errors"])) return body["errors"] as ReadonlyArray<Issue>
  return typeof body["field"] === "string" ? [{ path: ["query", body["field"]], message: String(body["message"] ?? "") }] : []
}

const detailOf = (body: Record<string, unknown>, issues: ReadonlyArray<Issue>, text: string, isJson: boolean): string => {
  const named = issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ")
  const detail = named !== "" ? named : String(body["detail"] ?? body["message"] ?? (isJson ? "" : text))
  return detail.length > DETAIL_LIMIT ? `${detail.slice(0, DETAIL_LIMIT)}…` : detail
}

/** Whatever failed, in the shape of RFC 9457, with the path to each bad field. Other content of an error response is left alone. */
export const asProblem = (response: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse => {
  if (response.status < 400) return response
  const type = response.headers["content-type"] ?? ""
  const text = response.body._tag === "Uint8Array" ? new TextDecoder().decode(response.body.body) : ""
  const isProblem = type.startsWith(CONTENT_TYPE)
  if (!isProblem && response.body._tag !== "Empty" && !type.startsWith("text/plain")) return response
  const body = isProblem ? parsed(text) : {}
  const issues = issuesOf(body)
  const detail = detailOf(body, issues, text, isProblem) || (STATUS_CODES[response.status] ?? "Error")
  const fields = issues.length > 0 ? { ...body, errors: issues } : body
  const whole = problemBody(response.status, detail, {
    ...fields,
    detail,
    status: response.status,
    title: STATUS_CODES[response.status] ?? "Error",
  })
  return HttpServerResponse.jsonUnsafe(whole, {
    status: response.status,
    contentType: CONTENT_TYPE,
    headers: Object.fromEntries(Object.entries(response.headers).filter(([name]) => name !== "content-type" && name !== "content-length")),
    cookies: response.cookies,
  })
}
