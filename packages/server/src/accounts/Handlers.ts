import type { AccessToken } from "@signalflow/domain/api/Accounts"
import { Api } from "@signalflow/domain/api/Api"
import { Unauthorized } from "@signalflow/domain/api/Access"
import { Settings } from "@signalflow/domain/settings/Settings"
import { Effect } from "effect"
import { HttpEffect, HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import type { SqlClient } from "effect/sql/SqlClient"
import { client, spend } from "../access/Authentication.ts"
import { instanceId, sha256 } from "../access/InstanceSecrets.ts"
import { LinkCodes } from "./LinkCodes.ts"
import type { RateLimits } from "../access/RateLimits.ts"
import { Sessions, SESSION_LIFETIME } from "./Sessions.ts"
import { ACCESS_LIFETIME, Tokens } from "../access/Tokens.ts"
import { findUser } from "../access/Users.ts"
import { answered } from "../database/Database.ts"
import { originAllowed } from "../http/HostGuard.ts"

/** Tries a minute from one address. */
const LINK_LIMIT = 20
/** Renewals a minute of one session: others at the same address have their own. */
const RENEWAL_LIMIT = 60
/** Made-up sessions a minute from one address. */
const UNKNOWN_LIMIT = 60

const COOKIE_PATH = "/api/token"

export const layer = HttpApiBuilder.group(
  Api,
  "accounts",
  Effect.fn(function* (handlers) {
    const codes = yield* LinkCodes
    const sessions = yield* Sessions
    const tokens = yield* Tokens
    const settings = yield* Settings
    const services = yield* Effect.context<RateLimits | SqlClient | Settings>()
    // Two installations on one host, told apart by port alone, share the browser's cookies.
    const cookie = `signalflow_${sha256(yield* instanceId()).slice(0, 12)}`

    const setCookie = (value: string, secure: boolean) =>
      HttpEffect.appendPreResponseHandler((_, response) =>
        Effect.succeed(
          HttpServerResponse.setCookieUnsafe(response, cookie, value, {
            httpOnly: true,
            sameSite: "strict",
            path: COOKIE_PATH,
            maxAge: value === "" ? 0 : `${SESSION_LIFETIME} millis`,
            secure,
          }),
        ),
      )

    /** A cookie is sent whoever made the request: only a page of this server may use it. */
    const sameOrigin = Effect.gen(function* () {
      const { headers } = yield* HttpServerRequest.HttpServerRequest
      const foreign =
        headers["sec-fetch-site"] !== undefined && headers["sec-fetch-site"] !== "same-origin" && headers["sec-fetch-site"] !== "none"
      if (foreign || !originAllowed(headers["origin"], headers["host"] ?? "", settings.ALLOWED_HOSTS.length === 0)) {
        return yield* new Unauthorized({ detail: "This may only be asked by a page of this server" })
      }
      return headers["origin"]?.startsWith("https://") ?? false
    })

    const session = Effect.fnUntraced(function* (name: string, refresh: string, secure: boolean) {
      const user = yield* findUser(name).pipe(Effect.provideContext(services))
      if (user === undefined) return yield* new Unauthorized({ detail: `The user ${name} does not exist any more` })
      yield* setCookie(refresh, secure)
      const access = yield* tokens.issue(user)
      return { access, expiresIn: ACCESS_LIFETIME, user: user.name, role: user.role } satisfies AccessToken
    })

    const counted = (kind: string, limit: number) =>
      Effect.flatMap(client, (address) => spend(`${kind} ${address}`, limit)).pipe(Effect.provideContext(services))

    /** The session's own quota is spent; only what names no session of this installation counts against the address. */
    const limited = Effect.fnUntraced(function* (refresh: string) {
      const known = sessions.sessionOf(refresh)
      if (known === undefined) return yield* counted("session", UNKNOWN_LIMIT)
      yield* spend(`session ${known}`, RENEWAL_LIMIT).pipe(Effect.provideContext(services))
    })

    const cookieValue = Effect.map(HttpServerRequest.HttpServerRequest, ({ cookies }) => (cookies[cookie] ?? "").slice(0, 200))

    return handlers.handleAll({
      link: Effect.fn("Accounts.link")(function* ({ payload }) {
        const secure = yield* sameOrigin
        yield* counted("link", LINK_LIMIT)
        return yield* answered(
          Effect.gen(function* () {
            const name = yield* codes.exchange(payload.code)
            return yield* session(name, yield* sessions.open(name), secure)
          }),
        )
      }),
      refresh: Effect.fn("Accounts.refresh")(function* () {
        const secure = yield* sameOrigin
        const spent = yield* cookieValue
        if (spent === "") return yield* new Unauthorized({ detail: "There is no session: open a sign-in link" })
        yield* limited(spent)
        return yield* answered(
          Effect.gen(function* () {
            const renewed = yield* sessions.renew(spent).pipe(Effect.tapErrorTag("Unauthorized", () => setCookie("", secure)))
            return yield* session(renewed.user, renewed.refresh, secure)
          }),
        )
      }),
      revoke: Effect.fn("Accounts.revoke")(function* () {
        const secure = yield* sameOrigin
        const spent = yield* cookieValue
        if (spent !== "") {
          yield* limited(spent)
          yield* answered(sessions.revoke(spent))
        }
        yield* setCookie("", secure)
      }),
    })
  }),
)
