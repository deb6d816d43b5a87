import { Role } from "@signalflow/domain/api/Access"
import { Settings } from "@signalflow/domain/settings/Settings"
import type { InstanceKeyError } from "@signalflow/platform/secrets/InstanceKeys"
import { Clock, Context, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from "jose"
import { instanceId } from "./InstanceSecrets.ts"
import { addStoredKey, forgetStoredKeys, givenKeys, type SigningKeys, storedKeys } from "./SigningKeys.ts"
import { standing } from "./Standing.ts"
import type { User } from "./Users.ts"

/** Seconds that an access token is good for. */
export const ACCESS_LIFETIME = 60 * 60
const ISSUER = "signalflow"
const TYPE = "at+jwt"
const RELOAD_EVERY = 10_000

/** What a token says of its bearer. */
export interface Identity extends User {
  /** Unix milliseconds. */
  readonly expiresAt: number
}

export class TokenRefused extends Schema.TaggedError<TokenRefused>()("TokenRefused", { message: Schema.String }) {}

const Claims = Schema.Struct({ sub: Schema.String, role: Role, exp: Schema.Int })
const decodeClaims = Schema.decodeUnknownEffect(Claims)

const kidOf = (token: string): string | undefined => {
  try {
    return decodeProtectedHeader(token).kid
  } catch {
    return undefined
  }
}

/** The last letter of a signature has bits to spare: only one spelling of it is taken. */
const isSpeltOnce = (token: string): boolean => {
  const signature = token.slice(token.lastIndexOf(".") + 1)
  return Buffer.from(signature, "base64url").toString("base64url") === signature
}

/**
 * Access tokens: JWT, HS256, 60 minutes, the key named by `kid` so that it can be changed under way. Whoever was removed since, or has
 * another role, is seen as the database has them within seconds.
 */
export class Tokens extends Context.Service<
  Tokens,
  {
    readonly issue: (user: User) => Effect.Effect<string>
    readonly verify: (token: string) => Effect.Effect<Identity, TokenRefused>
    /** Whether somebody who was verified before is still a user. */
    readonly stands: (identity: Identity) => Effect.Effect<boolean>
    /** Signs with a new key from now on; tokens signed before stay good. No effect on keys from `JWT_SECRET`. */
    readonly rotate: Effect.Effect<void, SqlError | InstanceKeyError>
  }
>()("@signalflow/server/Tokens") {
  static readonly layer = Layer.effect(
    Tokens,
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const settings = yield* Settings
      const given = yield* givenKeys(settings)
      const audience = `signalflow:${yield* instanceId()}`
      const current = yield* standing
      const stored = storedKeys.pipe(Effect.provideService(SqlClient, sql))

      let keys: SigningKeys = given
      let loadedAt = 0
      if (given.length > 0) yield* forgetStoredKeys
      else {
        keys = yield* stored
        if (keys.length === 0) {
          yield* addStoredKey
          keys = yield* stored
        }
      }

      /** Another process may have made a newer key. */
      const keyNamed = Effect.fnUntraced(function* (kid: string | undefined) {
        const known = keys.find((key) => key.kid === kid)
        if (known !== undefined || given.length > 0 || kid === undefined) return known
        const now = yield* Clock.currentTimeMillis
        if (now - loadedAt < RELOAD_EVERY) return undefined
        loadedAt = now
        keys = yield* stored.pipe(Effect.orElseSucceed(() => keys))
        return keys.find((key) => key.kid === kid)
      })

      const issue = Effect.fn("Tokens.issue")(function* (user: User) {
        const now = Math.floor((yield* Clock.currentTimeMillis) / 1_000)
        const { kid, secret } = keys[0]!
        return yield* Effect.promise(() =>
          new SignJWT({ role: user.role })
            .setProtectedHeader({ alg: "HS256", kid, typ: TYPE })
            .setIssuer(ISSUER)
            .setAudience(audience)
            .setSubject(user.name)
            .setIssuedAt(now)
            .setExpirationTime(now + ACCESS_LIFETIME)
            .sign(secret),
        )
      })

      const verify = Effect.fn("Tokens.verify")(function* (token: string) {
        if (token === "") return yield* new TokenRefused({ message: "A token is needed: Authorization: Bearer <access token>" })
        const key = isSpeltOnce(token) ? yield* keyNamed(kidOf(token)) : undefined
        if (key === undefined) return yield* new TokenRefused({ message: "This access token was not issued by this installation" })
        const currentDate = new Date(yield* Clock.currentTimeMillis)
        const { payload } = yield* Effect.tryPromise({
          try: () => jwtVerify(token, key.secret, { issuer: ISSUER, audience, algorithms: ["HS256"], typ: TYPE, currentDate }),
          catch: (cause) =>
            new TokenRefused({
              message: cause instanceof errors.JWTExpired ? "This access token has expired" : "This access token is not valid",
            }),
        })
        const claims = yield* decodeClaims(payload).pipe(
          Effect.mapError(() => new TokenRefused({ message: "This access token is not valid" })),
        )
        const user = yield* current({ name: claims.sub, role: claims.role })
        if (user === null) return yield* new TokenRefused({ message: "The user of this access token was removed" })
        return { ...user, expiresAt: claims.exp * 1_000 }
      })

      const rotate = Effect.gen(function* () {
        yield* addStoredKey.pipe(Effect.provideService(SqlClient, sql))
        if (given.length === 0) keys = yield* stored
      })

      const stands = (identity: Identity) => Effect.map(current(identity), (user) => user !== null)

      return Tokens.of({ issue, verify, stands, rotate })
    }),
  )
}
