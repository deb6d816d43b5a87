import { createHmac, createSecretKey, randomBytes } from "node:crypto"
import type * as PgClient from "@effect/sql-pg/PgClient"
import { lastingKey } from "@signalflow/platform/secrets/InstanceKeys"
import { Effect } from "effect"
import { BoundedMap } from "../reading/BoundedMap.ts"
import type { Author } from "./SignalStore.ts"

const OTHER_KEY =
  "Removed authors in this database are hashed with another key than this program has: restore DATA_DIR/keys/author-hash, or set AUTHOR_HASH_SECRET to the same text for every service (what instance_secrets holds under author-hash, where it does)"

/** The secret that names are hashed with. With another one, what was removed would come back. */
const authorSecret = (sql: PgClient.PgClient) => lastingKey(sql, "author-hash", () => randomBytes(32).toString("hex"), OTHER_KEY)

/** Authors whose keys are at hand: most who post are seen again. */
const KNOWN = 20_000

/** The keyed hashes under which what is removed stands, in place of its name: an id may hold its author's. */
export const tombstoneKeys = (sql: PgClient.PgClient) =>
  Effect.map(authorSecret(sql), (secret) => {
    const known = new BoundedMap<string>(KNOWN)
    const key = createSecretKey(secret, "utf8")
    const keyOf = (name: string) => createHmac("sha256", key).update(name).digest("hex")
    return {
      author: ({ platform, author }: Author): string => {
        const name = `${platform}:${author}`
        return known.get(name) ?? known.set(name, keyOf)
      },
      signal: (id: string): string => keyOf(`signal ${id}`),
    }
  })

/** Those of authors alone. */
export const authorKey = (sql: PgClient.PgClient) => Effect.map(tombstoneKeys(sql), ({ author }) => author)
