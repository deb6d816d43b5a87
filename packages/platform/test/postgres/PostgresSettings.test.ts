import { assert, describe, it } from "@effect/vitest"
import { defaults } from "@signalflow/domain/settings/Settings"
import { Redacted } from "effect"
import { fromSettings, replicaFromSettings } from "../../src/postgres/PostgresSettings.ts"

const url = (text: string) => ({ ...defaults, DATABASE_URL: Redacted.make(text) })
const host = { ...defaults, POSTGRES_HOST: "db", POSTGRES_PASSWORD: Redacted.make("secret") }

describe("the PostgreSQL of the settings", () => {
  it("is the embedded one where none is named", () => {
    assert.isNull(fromSettings(defaults))
    assert.isNull(replicaFromSettings({ ...defaults, POSTGRES_REPLICA_HOST: "replica" }))
  })

  it("is DATABASE_URL before POSTGRES_HOST", () => {
    const both = { ...host, DATABASE_URL: Redacted.make("postgresql://a:b@elsewhere/x") }
    assert.deepStrictEqual(fromSettings(both), { url: both.DATABASE_URL, ssl: false })
    assert.deepStrictEqual(fromSettings(host), {
      host: "db",
      port: 5432,
      database: "signalflow",
      username: "signalflow",
      password: host.POSTGRES_PASSWORD,
      ssl: false,
    })
  })

  it("takes the words of the URL for TLS before POSTGRES_SSLMODE", () => {
    const secured = { POSTGRES_SSLMODE: "verify-full", POSTGRES_SSLROOTCERT: "/ca.pem" } as const
    const tlsOf = (text: string) => {
      const { ssl, sslRootCertificates } = fromSettings({ ...url(`postgresql://a:b@c/d${text}`), ...secured })!
      return { ssl, sslRootCertificates }
    }
    assert.deepStrictEqual(tlsOf(""), { ssl: true, sslRootCertificates: "/ca.pem" })
    assert.deepStrictEqual(tlsOf("?sslmode=disable"), { ssl: false, sslRootCertificates: undefined })
    assert.deepStrictEqual(tlsOf("?sslmode=require"), { ssl: { rejectUnauthorized: false }, sslRootCertificates: undefined })
    // The driver tries TLS first.
    assert.deepStrictEqual(tlsOf("?sslmode=prefer"), { ssl: undefined, sslRootCertificates: undefined })
  })

  it("has no TLS on a unix socket", () => {
    assert.notProperty(fromSettings({ ...host, POSTGRES_HOST: "/run/postgresql", POSTGRES_SSLMODE: "require" })!, "ssl")
  })

  it("has a replica with the same user, database and TLS", () => {
    const replica = { POSTGRES_REPLICA_HOST: "replica", POSTGRES_REPLICA_PORT: 6000, POSTGRES_SSLMODE: "require" } as const
    assert.deepStrictEqual(replicaFromSettings({ ...host, ...replica }), {
      ...fromSettings({ ...host, ...replica })!,
      host: "replica",
      port: 6000,
    })
    const ofUrl = replicaFromSettings({ ...url("postgresql://a:b@c:7/d?host=/tmp"), ...replica })!
    assert.strictEqual(Redacted.value(ofUrl.url!), "postgresql://a:b@c:7/d?host=replica&port=6000")
    assert.isNull(replicaFromSettings(host))
  })
})
