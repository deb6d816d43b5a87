import { assert, describe, it } from "@effect/vitest"
import { definitions, type SettingName } from "@signalflow/domain/settings/Settings"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { read } from "./ComposeFile.ts"
import { elsewhere, needsOf, services } from "./ServiceSettings.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const names = Object.keys(definitions) as ReadonlyArray<SettingName>
const compose = read(readFileSync(join(root, "infra/compose.yaml"), "utf8"))

/** Settings that the code of a package reads. Texts are left out: messages name settings too. */
const readBy = (pattern: string): ReadonlyArray<SettingName> => {
  const code = globSync(pattern, { cwd: root })
    .map((path) => readFileSync(join(root, path), "utf8").replaceAll(/\/\*\*[\s\S]*?\*\/|"[^"\n]*"|`[^`]*`/g, ""))
    .join("\n")
  return names.filter((name) => new RegExp(`(\\bsettings\\.|[{,]\\s*|^\\s+)${name}\\b(?!\\s*:\\s*")`, "m").test(code))
}

/** The packages whose code runs in a service. */
const code: Readonly<Record<string, ReadonlyArray<string>>> = {
  "packages/ingest/src/**/*.ts": ["ingest"],
  "packages/process/src/**/*.ts": ["process", "aggregate", "dead-letters"],
  "packages/server/src/**/*.ts": ["serve", "dead-letters"],
  "packages/platform/src/**/*.ts": services,
}

describe("the settings in infra/compose.yaml", () => {
  it("reach every service that reads them", () => {
    const missing = services.flatMap((service) => {
      const given = Object.keys(compose.services[service]?.environment ?? {})
      return needsOf(service).flatMap((name) => (given.includes(name) ? [] : [`${service}: ${name}`]))
    })
    assert.deepStrictEqual(missing, [])
  })

  it("are all that there are: each is read by a service or is of no use to a fleet", () => {
    const known = new Set([...services.flatMap(needsOf), ...Object.keys(elsewhere)])
    assert.deepStrictEqual(
      names.filter((name) => !known.has(name)),
      [],
    )
  })

  it.for(Object.entries(code))("that %s reads are declared by its services", ([pattern, in_]) => {
    const found = readBy(pattern)
    assert.isAbove(found.length, 5)
    const declared = new Set([...in_.flatMap(needsOf), ...Object.keys(elsewhere)])
    assert.deepStrictEqual(
      found.filter((name) => !declared.has(name)),
      [],
    )
  })

  it("may be set in infra/.env where the file does not fix them", () => {
    const fixed = new Set(
      "HOST METRICS_PORT PORT DLQ_PORT LOG_FORMAT KAFKA_BOOTSTRAP_SERVERS POSTGRES_HOST POSTGRES_PORT POSTGRES_DB POSTGRES_USER POSTGRES_REPLICA_HOST POSTGRES_REPLICA_PORT".split(
        " ",
      ),
    )
    const deaf = services.flatMap((service) =>
      Object.entries(compose.services[service]?.environment ?? {}).flatMap(([name, value]) =>
        fixed.has(name) || String(value).includes("${") ? [] : [`${service}: ${name}`],
      ),
    )
    assert.deepStrictEqual(deaf, [])
  })
})
