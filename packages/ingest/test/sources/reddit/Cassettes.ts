import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"

const root = join(process.env["SIGNALFLOW_TEST_DATA"] ?? "", "reddit")

export interface Interaction {
  readonly method: string
  readonly path: string
  readonly status: number
  /** As the API sends them: lower case, one value. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

interface Recorded {
  readonly request: { readonly method: string; readonly uri: string }
  readonly response: {
    readonly status: { readonly code: number }
    readonly headers: Readonly<Record<string, ReadonlyArray<string> | string>>
    readonly body: string | { readonly string?: string }
  }
}

const text = (path: string) => {
  const bytes = readFileSync(join(root, path))
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8")
}

const files = (folder: string) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)

/** What one recorded session asked and was answered. */
export const interactionsOf = (path: string): ReadonlyArray<Interaction> => {
  const cassette = JSON.parse(text(path)) as { interactions?: ReadonlyArray<Recorded>; http_interactions?: ReadonlyArray<Recorded> }
  return (cassette.interactions ?? cassette.http_interactions ?? []).map(({ request, response }) => ({
    method: request.method,
    path: new URL(request.uri).pathname,
    status: response.status.code,
    headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), String([value].flat()[0])])),
    body: typeof response.body === "string" ? response.body : (response.body.string ?? ""),
  }))
}

/** Every posts and comments under an API body, wherever they are. */
export const thingsIn = (body: unknown, found: Array<unknown> = []): Array<unknown> => {
  if (Array.isArray(body)) for (const one of body) thingsIn(one, found)
  else if (typeof body === "object" && body !== null) {
    const { kind, data } = body as { kind?: unknown; data?: unknown }
    if ((kind === "t1" || kind === "t3") && typeof data === "object") found.push(body)
    for (const value of Object.values(body)) thingsIn(value, found)
  }
  return found
}

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}

/** Each file of API bodies with the posts and comments that it holds. */
export const recordedThings = (): ReadonlyArray<{ readonly file: string; readonly things: ReadonlyArray<unknown> }> => [
  ...["cassettes/praw", "cassettes/prawcore"]
    .flatMap(files)
    .map((file) => ({ file, things: interactionsOf(file).flatMap(({ body }) => thingsIn(parsed(body))) })),
  ...["go-reddit", "listings"].flatMap(files).map((file) => ({ file, things: thingsIn(parsed(text(file))) })),
  ...files("comments").map((file) => ({
    file,
    things: text(file)
      .split("\n")
      .flatMap((line) => thingsIn(parsed(line))),
  })),
]
