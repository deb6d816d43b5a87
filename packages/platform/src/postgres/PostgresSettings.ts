import { isSet, type SettingValues } from "@signalflow/domain/settings/Settings"
import { Redacted } from "effect"
import type { PostgresConnection } from "./Postgres.ts"

type SslMode = SettingValues["POSTGRES_SSLMODE"]

/** What libpq's words in a URL mean here; a check of the certificate is always one of the name too. */
const modeOfUrl = (url: Redacted.Redacted): SslMode | "prefer" | undefined => {
  const mode = new URL(Redacted.value(url)).searchParams.get("sslmode")
  if (mode === "disable" || mode === "require" || mode === "verify-full") return mode
  if (mode === "verify-ca") return "verify-full"
  return mode === null ? undefined : "prefer"
}

const tls = (mode: SslMode, rootCertificates: string): Pick<PostgresConnection, "ssl" | "sslRootCertificates"> => {
  if (mode === "disable") return { ssl: false }
  if (mode === "require") return { ssl: { rejectUnauthorized: false } }
  return { ssl: true, ...(rootCertificates === "" ? {} : { sslRootCertificates: rootCertificates }) }
}

/** The PostgreSQL that the settings name: `DATABASE_URL`, else `POSTGRES_HOST` and its companions; null = the embedded one. */
export const fromSettings = (settings: SettingValues): PostgresConnection | null => {
  const { DATABASE_URL: url, POSTGRES_HOST: host, POSTGRES_SSLMODE: asked, POSTGRES_SSLROOTCERT: rootCertificates } = settings
  if (isSet(url)) {
    const mode = modeOfUrl(url) ?? asked
    return { url, ...(mode === "prefer" ? {} : tls(mode, rootCertificates)) }
  }
  if (host === "") return null
  return {
    host,
    port: settings.POSTGRES_PORT,
    database: settings.POSTGRES_DB,
    username: settings.POSTGRES_USER,
    ...(isSet(settings.POSTGRES_PASSWORD) ? { password: settings.POSTGRES_PASSWORD } : {}),
    // A unix socket has no TLS and needs none.
    ...(host.startsWith("/") ? {} : tls(asked, rootCertificates)),
  }
}

/** The read replica of the same database, with the same user; null = none. */
export const replicaFromSettings = (settings: SettingValues): PostgresConnection | null => {
  const primary = fromSettings(settings)
  if (primary === null || settings.POSTGRES_REPLICA_HOST === "") return null
  const { POSTGRES_REPLICA_HOST: host, POSTGRES_REPLICA_PORT: port } = settings
  if (primary.url === undefined) return { ...primary, host, port }
  const url = new URL(Redacted.value(primary.url))
  // The driver takes these for the ones before the path.
  url.searchParams.set("host", host)
  url.searchParams.set("port", String(port))
  return { ...primary, url: Redacted.make(url.toString()) }
}
