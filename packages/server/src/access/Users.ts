import { Role } from "@signalflow/domain/api/Access"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

export const FIRST_USER = "admin"

const User = Schema.Struct({ name: Schema.String, role: Role })
export type User = typeof User.Type

const decode = Schema.decodeUnknownEffect(Schema.Array(User))

/** Makes the user `admin` on an installation that has none. */
export const ensureFirstUser = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`
    INSERT INTO users (name, role) SELECT ${FIRST_USER}, 'admin' WHERE NOT EXISTS (SELECT 1 FROM users)
    ON CONFLICT (name) DO NOTHING`
})

export const findUser = Effect.fn("Users.find")(function* (name: string) {
  const sql = yield* SqlClient
  const rows = yield* sql`SELECT name, role FROM users WHERE name = ${name}`
  return (yield* decode(rows).pipe(Effect.orDie))[0]
})
