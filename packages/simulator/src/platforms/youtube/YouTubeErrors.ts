import { json, type Reply } from "../../Protocol.ts"

/** Error bodies of the Data API (https://developers.google.com/youtube/v3/docs/errors), shaped as recorded. */

interface Detail {
  readonly domain: string
  readonly reason: string
  readonly location?: string
  readonly locationType?: "parameter" | "other"
}

const failure = (code: number, message: string, detail: Detail, more: Readonly<Record<string, unknown>> = {}): Reply =>
  json({ error: { code, message, errors: [{ message, ...detail }], ...more } }, code)

const parameter = (location: string) => ({ location, locationType: "parameter" as const })

export const keyInvalid = (): Reply =>
  failure(
    400,
    "API key not valid. Please pass a valid API key.",
    { domain: "global", reason: "badRequest" },
    {
      status: "INVALID_ARGUMENT",
      details: [
        {
          "@type": "type.googleapis.com/google.rpc.ErrorInfo",
          reason: "API_KEY_INVALID",
          domain: "googleapis.com",
          metadata: { service: "youtube.googleapis.com" },
        },
      ],
    },
  )

export const quotaExceeded = (): Reply =>
  failure(403, 'The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.', {
    domain: "youtube.quota",
    reason: "quotaExceeded",
  })

export const commentsDisabled = (): Reply =>
  failure(
    403,
    'The video identified by the <code><a href="/youtube/v3/docs/commentThreads/list#videoId">videoId</a></code> parameter has disabled comments.',
    { domain: "youtube.commentThread", reason: "commentsDisabled", ...parameter("videoId") },
  )

export const videoNotFound = (): Reply =>
  failure(
    404,
    'The video identified by the <code><a href="/youtube/v3/docs/commentThreads/list#videoId">videoId</a></code> parameter could not be found.',
    { domain: "youtube.commentThread", reason: "videoNotFound", ...parameter("videoId") },
  )

export const playlistNotFound = (): Reply =>
  failure(404, "The playlist identified with the request's <code>playlistId</code> parameter cannot be found.", {
    domain: "youtube.playlistItem",
    reason: "playlistNotFound",
    ...parameter("playlistId"),
  })

export const missingParameter = (name: string): Reply =>
  failure(400, `Required parameter: ${name}`, { domain: "global", reason: "required", ...parameter(name) })

export const noFilter = (expected: ReadonlyArray<string>): Reply =>
  failure(400, `No filter selected. Expected one of: ${expected.join(", ")}`, {
    domain: "youtube.parameter",
    reason: "missingRequiredParameter",
    location: "parameters.",
    locationType: "other",
  })

export const incompatible = (filters: ReadonlyArray<string>): Reply =>
  failure(400, `Incompatible parameters specified in the request: ${filters.join(", ")}`, {
    domain: "youtube.parameter",
    reason: "incompatibleParameters",
    location: "parameters.",
    locationType: "other",
  })

export const invalidValue = (name: string, value: string, expected: string): Reply =>
  failure(400, `Invalid value '${value}'. ${expected}`, { domain: "global", reason: "invalidParameter", ...parameter(name) })

export const tooManyIds = (): Reply =>
  failure(400, "The request specifies an invalid filter parameter.", {
    domain: "youtube.parameter",
    reason: "invalidFilters",
    ...parameter("id"),
  })

export const invalidPageToken = (): Reply =>
  failure(400, "The request specifies an invalid page token.", {
    domain: "youtube.parameter",
    reason: "invalidPageToken",
    ...parameter("pageToken"),
  })

export const unknownPart = (name: string): Reply =>
  failure(400, `'${name}'`, { domain: "youtube.part", reason: "unknownPart", ...parameter("part") })

/** Google's front end refuses names that it does not know. */
export const unknownParameter = (name: string): Reply => {
  const message = `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter. Field '${name}' could not be found in request message.`
  return json(
    {
      error: {
        code: 400,
        message,
        errors: [{ message: "Invalid JSON payload received. Unknown name", reason: "invalid" }],
        status: "INVALID_ARGUMENT",
        details: [{ "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [{ description: message }] }],
      },
    },
    400,
  )
}
