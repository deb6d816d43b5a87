import { Context, Schema } from "effect"
import { HttpApiError, HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"

export const Role = Schema.Literals(["viewer", "analyst", "admin"])
export type Role = typeof Role.Type

/** Who is asking. */
export class CurrentUser extends Context.Service<CurrentUser, { readonly name: string; readonly role: Role }>()(
  "@signalflow/domain/CurrentUser",
) {}

const BLANK = "about:blank" as const
const detail = { detail: Schema.String }

/** Every error is `application/problem+json` (RFC 9457), written as its class declares it. */
export class Unauthorized extends HttpApiError.Problem<Unauthorized>()(
  "Unauthorized",
  { type: BLANK, status: 401, title: "Unauthorized" },
  detail,
) {}
export class Forbidden extends HttpApiError.Problem<Forbidden>()("Forbidden", { type: BLANK, status: 403, title: "Forbidden" }, detail) {}
export class NotFound extends HttpApiError.Problem<NotFound>()("NotFound", { type: BLANK, status: 404, title: "Not Found" }, detail) {}
/** `retryAfter` = seconds, as in the header. */
export class TooManyRequests extends HttpApiError.Problem<TooManyRequests>()(
  "TooManyRequests",
  { type: BLANK, status: 429, title: "Too Many Requests" },
  { ...detail, retryAfter: Schema.Int },
) {}
export class Unavailable extends HttpApiError.Problem<Unavailable>()(
  "Unavailable",
  { type: BLANK, status: 503, title: "Service Unavailable" },
  detail,
) {}

/** Where a bad value is, e.g. `["query", "page_size"]`, and what is wrong with it. */
export const BadField = Schema.Struct({ path: Schema.Array(Schema.Union([Schema.String, Schema.Int])), message: Schema.String })
export type BadField = typeof BadField.Type

export class BadRequest extends HttpApiError.Problem<BadRequest>()(
  "BadRequest",
  { type: BLANK, status: 400, title: "Bad Request" },
  { ...detail, errors: Schema.optionalKey(Schema.Array(BadField)) },
) {}

const DETAIL_LIMIT = 1_000
const MAX_ERRORS = 20

export const badFields = (fields: ReadonlyArray<BadField>): BadRequest => {
  const errors = fields.slice(0, MAX_ERRORS)
  const text = errors.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ")
  return new BadRequest({ detail: text.length > DETAIL_LIMIT ? `${text.slice(0, DETAIL_LIMIT)}…` : text, errors })
}

/** One query parameter that the server cannot use. */
export const badQuery = (name: string, message: string): BadRequest => badFields([{ path: ["query", name], message }])

/** Every data route stands behind this: `Authorization: Bearer <access token>`. */
export class Authenticated extends HttpApiMiddleware.Service<Authenticated, { provides: CurrentUser; requires: never }>()(
  "@signalflow/domain/Authenticated",
  { security: { bearer: HttpApiSecurity.bearer }, error: [Unauthorized, TooManyRequests] },
) {}
