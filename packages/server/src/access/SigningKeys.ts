import { isSet, type SettingValues, SettingsError } from "@signalflow/domain/settings/Settings"
import { addKey, keysOf } from "@signalflow/platform/secrets/InstanceKeys"
import { Clock, Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { randomText, sha256 } from "./InstanceSecrets.ts"

export interface SigningKey {
  readonly kid: string
  readonly secret: Uint8Array
}

/** The first one signs, all of them verify. */
export type SigningKeys = ReadonlyArray<SigningKey>

const MIN_LENGTH = 32
const PREFIX = "jwt:"

const encoder = new TextEncoder()
const keyOf = (secret: string): SigningKey => ({ kid: sha256(`signalflow kid ${secret}`).slice(0, 16), secret: encoder.encode(secret) })

/** Keys from `JWT_SECRET` and the one before it; none when it is not set. */
export const givenKeys = (
  settings: Pick<SettingValues, "JWT_SECRET" | "JWT_SECRET_PREVIOUS">,
): Effect.Effect<SigningKeys, SettingsError> => {
  const given = (
    [
      ["JWT_SECRET", settings.JWT_SECRET],
      ["JWT_SECRET_PREVIOUS", settings.JWT_SECRET_PREVIOUS],
    ] as const
  ).filter(([, value]) => isSet(value))
  const problems = given
    .filter(([, value]) => Redacted.value(value).length < MIN_LENGTH)
    .map(
      ([name, value]) =>
        `${name} has ${Redacted.value(value).length} characters: it must have at least ${MIN_LENGTH}, e.g. from "openssl rand -base64 48"`,
    )
  if (isSet(settings.JWT_SECRET_PREVIOUS) && !isSet(settings.JWT_SECRET)) {
    problems.push("JWT_SECRET_PREVIOUS is set without JWT_SECRET: set both, or neither")
  }
  return problems.length > 0
    ? Effect.fail(new SettingsError({ problems }))
    : Effect.succeed(given.map(([, value]) => keyOf(Redacted.value(value))))
}

/** Adds a key to those that are kept; it signs from now on, the others verify. */
export const addStoredKey = Effect.gen(function* () {
  const now = yield* Clock.currentTimeMillis
  const kid = `${String(now).padStart(15, "0")}-${randomText(4)}`
  yield* addKey(yield* SqlClient, PREFIX + kid, randomText(48))
})

/** Keys that are kept, newest first. */
export const storedKeys = Effect.gen(function* () {
  const kept = yield* keysOf(yield* SqlClient, PREFIX, 16)
  return kept.map(({ name, value }): SigningKey => ({ kid: name.slice(PREFIX.length), secret: encoder.encode(value) }))
})

/** Where the settings give the key, the database need not hold one. */
export const forgetStoredKeys = Effect.flatMap(SqlClient, (sql) => sql`DELETE FROM instance_secrets WHERE starts_with(name, ${PREFIX})`)
