import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import { Role, TooManyRequests, Unauthorized, Unavailable } from "./Access.ts"
import { Contract } from "./Contract.ts"

/** An access token and how many seconds it is good for. The refresh token travels only in an HttpOnly cookie. */
export const AccessToken = Schema.Struct({ access: Schema.String, expiresIn: Schema.Int, user: Schema.String, role: Role })
export type AccessToken = typeof AccessToken.Type

export class Accounts extends HttpApiGroup.make("accounts")
  .add(
    /** Exchanges the single-use code of a sign-in link for a session. */
    HttpApiEndpoint.post("link", "/token/link", {
      payload: Schema.Struct({ code: Schema.String.check(Schema.isMaxLength(200, { message: "must have at most 200 characters" })) }),
      success: AccessToken,
      error: [Unauthorized, TooManyRequests, Unavailable],
    }),
    /** A new access token for the session cookie, which is rotated; a spent one ends the session. */
    HttpApiEndpoint.post("refresh", "/token/refresh", { success: AccessToken, error: [Unauthorized, TooManyRequests, Unavailable] }),
    /** Ends the session. */
    HttpApiEndpoint.post("revoke", "/token/revoke", {
      success: HttpApiSchema.NoContent,
      error: [Unauthorized, TooManyRequests, Unavailable],
    }),
  )
  .middleware(Contract)
  .prefix("/api") {}
