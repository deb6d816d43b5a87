import { instanceKey } from "@signalflow/platform/secrets/InstanceKeys"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { createHash, randomBytes } from "node:crypto"

/** SHA-256 as hex: how codes and refresh tokens are stored. They have 128 bits and more, so no salt is needed. */
export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

/** `bytes` of randomness as base64url. */
export const randomText = (bytes: number): string => randomBytes(bytes).toString("base64url")

/** What tells this installation from others, the same for every process; no secret. Made by whoever asks first. */
export const instanceId = Effect.fn("InstanceSecrets.id")(function* () {
  const sql = yield* SqlClient
  const name = "instance"
  yield* sql`INSERT INTO instance_secrets (name, value) VALUES (${name}, ${randomText(32)}) ON CONFLICT (name) DO NOTHING`
  const rows = yield* sql<{ value: string }>`SELECT value FROM instance_secrets WHERE name = ${name}`
  return rows[0]!.value
})

/** A secret of this installation, the same for every process: made by whoever asks first. */
export const instanceSecret = (name: string) => Effect.flatMap(SqlClient, (sql) => instanceKey(sql, name, () => randomText(32)))
