import { Unauthorized } from "@signalflow/domain/api/Access"
import { transactionOn } from "@signalflow/platform/postgres/Postgres"
import { Clock, Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto"
import { instanceSecret, randomText, sha256 } from "../access/InstanceSecrets.ts"

export const SESSION_LIFETIME = 7 * 24 * 60 * 60_000
/** Two tabs that wake together send the same token: for so long a spent one still answers, and yields another. */
const GRACE = 10_000
/** Unspent tokens that one session may hold at a time: more than that is no pair of tabs. */
const SIBLINGS = 8
const KEEP = 24 * 60 * 60_000

interface Row {
  readonly family: string
  readonly user_name: string
  readonly expires_at: Date
  readonly spent_at: Date | null
  readonly revoked_at: Date | null
}

export interface Renewed {
  readonly user: string
  readonly refresh: string
}

const TOKEN = /^([0-9a-f-]{36})\.([\w-]{43})\.([\w-]{22})$/

/** A refresh token names its session under a seal, so that what was made up is known without a look at the database. */
const seal = (key: string, text: string): string => createHmac("sha256", key).update(text).digest("base64url").slice(0, 22)

const ended = (why: string) => new Unauthorized({ detail: `${why}: sign in again` })

/** Refresh tokens: each is good once and yields the next. One that is used again later ends the whole session. */
export class Sessions extends Context.Service<
  Sessions,
  {
    /** The session of a token that this installation made; undefined for any other text. */
    readonly sessionOf: (refresh: string) => string | undefined
    readonly open: (user: string) => Effect.Effect<string, SqlError>
    readonly renew: (refresh: string) => Effect.Effect<Renewed, Unauthorized | SqlError>
    readonly revoke: (refresh: string) => Effect.Effect<void, SqlError>
  }
>()("@signalflow/server/Sessions") {
  static readonly layer = Layer.effect(
    Sessions,
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const key = yield* instanceSecret("sessions")

      const sessionOf = (refresh: string): string | undefined => {
        const [, family, text, sealed] = TOKEN.exec(refresh) ?? []
        if (family === undefined) return undefined
        return timingSafeEqual(Buffer.from(sealed!), Buffer.from(seal(key, `${family}.${text}`))) ? family : undefined
      }

      const add = Effect.fnUntraced(function* (family: string, user: string, now: number) {
        const text = `${family}.${randomText(32)}`
        const refresh = `${text}.${seal(key, text)}`
        yield* sql`
          INSERT INTO refresh_tokens (token_hash, family, user_name, expires_at)
          VALUES (${sha256(refresh)}, ${family}::uuid, ${user}, ${new Date(now + SESSION_LIFETIME)})`
        return refresh
      })

      const revokeFamily = (family: string, now: number) =>
        sql`UPDATE refresh_tokens SET revoked_at = ${new Date(now)} WHERE family = ${family}::uuid AND revoked_at IS NULL`

      const open = Effect.fn("Sessions.open")(function* (user: string) {
        const now = yield* Clock.currentTimeMillis
        yield* sql`DELETE FROM refresh_tokens WHERE expires_at < ${new Date(now - KEEP)}`
        return yield* add(randomUUID(), user, now)
      })

      /** The answer is a value, so that a revocation is committed and not rolled back with a failure. */
      const step = Effect.fnUntraced(function* (refresh: string, now: number) {
        const hash = sha256(refresh)
        // One at a time per family: a reuse that ends the session must see the token that a renewal beside it has just made.
        yield* sql`SELECT pg_advisory_xact_lock(hashtextextended(family::text, 7)) FROM refresh_tokens WHERE token_hash = ${hash}`
        const row = (yield* sql<Row>`
          SELECT family::text AS family, user_name, expires_at, spent_at, revoked_at FROM refresh_tokens WHERE token_hash = ${hash}`)[0]
        if (row === undefined) return ended("This session is not known")
        if (row.revoked_at !== null) return ended("This session was ended")
        if (row.expires_at.getTime() <= now) return ended("This session has expired")
        if (row.spent_at === null) {
          yield* sql`UPDATE refresh_tokens SET spent_at = ${new Date(now)} WHERE token_hash = ${hash}`
        } else {
          const [{ unspent } = { unspent: SIBLINGS }] = yield* sql<{ unspent: number }>`
            SELECT count(*)::int AS unspent FROM refresh_tokens WHERE family = ${row.family}::uuid AND spent_at IS NULL`
          if (now - row.spent_at.getTime() > GRACE || unspent >= SIBLINGS) {
            yield* revokeFamily(row.family, now)
            return ended("A refresh token was used twice, so this session was ended")
          }
        }
        return { user: row.user_name, refresh: yield* add(row.family, row.user_name, now) }
      })

      const renew = Effect.fn("Sessions.renew")(function* (refresh: string) {
        if (sessionOf(refresh) === undefined) return yield* ended("This session is not known")
        const now = yield* Clock.currentTimeMillis
        const answer = yield* transactionOn(sql)(step(refresh, now))
        return answer instanceof Unauthorized ? yield* answer : answer
      })

      const revoke = Effect.fn("Sessions.revoke")(function* (refresh: string) {
        if (sessionOf(refresh) === undefined) return
        const now = new Date(yield* Clock.currentTimeMillis)
        yield* sql`
          UPDATE refresh_tokens SET revoked_at = ${now}
          WHERE revoked_at IS NULL AND family IN (SELECT family FROM refresh_tokens WHERE token_hash = ${sha256(refresh)})`
      })

      return Sessions.of({ sessionOf, open, renew, revoke })
    }),
  )
}
