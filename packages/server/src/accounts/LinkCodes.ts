import { Unauthorized } from "@signalflow/domain/api/Access"
import { Clock, Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { randomText, sha256 } from "../access/InstanceSecrets.ts"
import { ensureFirstUser, FIRST_USER } from "../access/Users.ts"

const LIFETIME = 10 * 60_000
const KEEP = 24 * 60 * 60_000

export interface LinkCode {
  /** 128 bits as base64url. */
  readonly code: string
  /** Unix milliseconds. */
  readonly expiresAt: number
}

/** The code travels in the fragment, which browsers do not send and servers do not log. */
export const signInLink = (baseUrl: string, code: string): string => `${baseUrl.replace(/\/+$/, "")}/#code=${code}`

/** Single-use codes that sign a browser or a script in, good for ten minutes. */
export class LinkCodes extends Context.Service<
  LinkCodes,
  {
    readonly issue: (user?: string) => Effect.Effect<LinkCode, SqlError>
    /** The name of the user that the code was issued for. */
    readonly exchange: (code: string) => Effect.Effect<string, Unauthorized | SqlError>
  }
>()("@signalflow/server/LinkCodes") {
  static readonly layer = Layer.effect(
    LinkCodes,
    Effect.gen(function* () {
      const sql = yield* SqlClient
      yield* ensureFirstUser

      const issue = Effect.fn("LinkCodes.issue")(function* (user: string = FIRST_USER) {
        const now = yield* Clock.currentTimeMillis
        const code = randomText(16)
        const expiresAt = now + LIFETIME
        yield* sql`DELETE FROM link_codes WHERE expires_at < ${new Date(now - KEEP)}`
        yield* sql`INSERT INTO link_codes (code_hash, user_name, expires_at) VALUES (${sha256(code)}, ${user}, ${new Date(expiresAt)})`
        return { code, expiresAt }
      })

      const exchange = Effect.fn("LinkCodes.exchange")(function* (code: string) {
        const now = new Date(yield* Clock.currentTimeMillis)
        const rows = yield* sql<{ user_name: string }>`
          UPDATE link_codes SET used_at = ${now}
          WHERE code_hash = ${sha256(code)} AND used_at IS NULL AND expires_at > ${now}
          RETURNING user_name`
        if (rows[0] === undefined) {
          return yield* new Unauthorized({ detail: "This sign-in code is unknown, used or older than 10 minutes: ask for another one" })
        }
        return rows[0].user_name
      })

      return LinkCodes.of({ issue, exchange })
    }),
  )
}
