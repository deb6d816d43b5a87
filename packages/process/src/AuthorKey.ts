import { createHmac, createSecretKey, randomBytes } from "node:crypto"
import type * as PgClient from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import { BoundedMap } from "./reading/BoundedMap.ts"
import type { Author } from "./SignalStore.ts"

/** The secret that authors' names are hashed with: made by whoever comes first, the same for every process of this database. */
const authorSecret = (sql: PgClient.PgClient) =>
  Effect.gen(function* () {
    const made = randomBytes(32).toString("hex")
    yield* sql`insert into instance_secrets (name, value) values ('author-hash', ${made}) on conflict (name) do nothing`
    const rows = yield* sql<{ value: string }>`select value from instance_secrets where name = 'author-hash'`
    return rows[0]!.value
  })

/** Authors whose keys are at hand: most who post are seen again. */
const KNOWN = 20_000

/** The keyed hash under which a removed author stands, in place of the name. */
export const authorKey = (sql: PgClient.PgClient) =>
  Effect.map(authorSecret(sql), (secret) => {
    const known = new BoundedMap<string>(KNOWN)
    const key = createSecretKey(secret, "utf8")
    const keyOf = (name: string) => createHmac("sha256", key).update(name).digest("hex")
    return ({ platform, author }: Author): string => {
      const name = `${platform}:${author}`
      return known.get(name) ?? known.set(name, keyOf)
    }
  })
