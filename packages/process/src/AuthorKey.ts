import { createHmac, randomBytes } from "node:crypto"
import type * as PgClient from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import type { Author } from "./SignalStore.ts"

/** The secret that authors' names are hashed with: made by whoever comes first, the same for every process of this database. */
const authorSecret = (sql: PgClient.PgClient) =>
  Effect.gen(function* () {
    const made = randomBytes(32).toString("hex")
    yield* sql`insert into instance_secrets (name, value) values ('author-hash', ${made}) on conflict (name) do nothing`
    const rows = yield* sql<{ value: string }>`select value from instance_secrets where name = 'author-hash'`
    return rows[0]!.value
  })

/** The keyed hash under which a removed author stands, in place of the name. */
export const authorKey = (sql: PgClient.PgClient) =>
  Effect.map(
    authorSecret(sql),
    (secret) =>
      ({ platform, author }: Author): string =>
        createHmac("sha256", secret).update(`${platform}:${author}`).digest("hex"),
  )
