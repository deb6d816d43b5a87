import { Context, Schema } from "effect"
import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"

export const Role = Schema.Literals(["viewer", "analyst", "admin"])
export type Role = typeof Role.Type

/** Who is asking. */
export class CurrentUser extends Context.Service<CurrentUser, { readonly name: string; readonly role: Role }>()(
  "@signalflow/domain/CurrentUser",
) {}

/** Errors are `application/problem+json` (RFC 9457); the server adds `type`, `title`, `status` and `detail` to the fields of the class. */
const problem = (status: number) => ({
  httpApiStatus: status,
  "~httpApiEncoding": { _tag: "Json", contentType: "application/problem+json" } as const,
})

export class Unauthorized extends Schema.TaggedError<Unauthorized>()("Unauthorized", { message: Schema.String }, problem(401)) {}
export class Forbidden extends Schema.TaggedError<Forbidden>()("Forbidden", { message: Schema.String }, problem(403)) {}
export class TooManyRequests extends Schema.TaggedError<TooManyRequests>()(
  "TooManyRequests",
  { message: Schema.String, retryAfter: Schema.Int },
  problem(429),
) {}
export class Unavailable extends Schema.TaggedError<Unavailable>()("Unavailable", { message: Schema.String }, problem(503)) {}
export class BadRequest extends Schema.TaggedError<BadRequest>()(
  "BadRequest",
  { message: Schema.String, field: Schema.String },
  problem(400),
) {}
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", { message: Schema.String }, problem(404)) {}

/** Every data route stands behind this: `Authorization: Bearer <access token>`. */
export class Authenticated extends HttpApiMiddleware.Service<Authenticated, { provides: CurrentUser; requires: never }>()(
  "@signalflow/domain/Authenticated",
  { security: { bearer: HttpApiSecurity.bearer }, error: [Unauthorized, TooManyRequests] },
) {}
