import { definitions } from "@signalflow/domain/settings/Settings"
import type { Setting } from "@signalflow/domain/settings/SettingKinds"
import { Option } from "effect"
import { type ComposeFile, interpolated, type Service, variables } from "./ComposeFile.ts"

/** What the rules look up beside the compose file. Paths are relative to it. */
export interface Surroundings {
  readonly exists: (path: string) => boolean
  readonly read: (path: string) => string
  readonly commands: ReadonlyArray<string>
}

const settings: Readonly<Record<string, Setting<unknown>>> = definitions

const KAFKA = `AUTO_CREATE_TOPICS_ENABLE CONTROLLER_LISTENER_NAMES CONTROLLER_QUORUM_VOTERS DEFAULT_REPLICATION_FACTOR
  ADVERTISED_LISTENERS GROUP_INITIAL_REBALANCE_DELAY_MS HEAP_OPTS INTER_BROKER_LISTENER_NAME LISTENERS LISTENER_SECURITY_PROTOCOL_MAP
  LOG_DIRS MIN_INSYNC_REPLICAS NODE_ID OFFSETS_TOPIC_REPLICATION_FACTOR PROCESS_ROLES TRANSACTION_STATE_LOG_MIN_ISR
  TRANSACTION_STATE_LOG_REPLICATION_FACTOR UNCLEAN_LEADER_ELECTION_ENABLE`
  .split(/\s+/)
  .map((name) => `KAFKA_${name}`)

/** What each image that is not ours reads, or what our script in it does. */
const IMAGES: Readonly<Record<string, { readonly variables: ReadonlyArray<string>; readonly port?: number }>> = {
  "apache/kafka": { variables: ["CLUSTER_ID", ...KAFKA] },
  "timescale/timescaledb": {
    variables:
      "POSTGRES_DB POSTGRES_USER POSTGRES_PASSWORD POSTGRES_INITDB_ARGS PGDATA TIMESCALEDB_TELEMETRY REPLICATION_PASSWORD PRIMARY_HOST PRIMARY_PORT".split(
        " ",
      ),
    port: 5432,
  },
  redis: { variables: ["REDIS_PASSWORD"], port: 6379 },
  "nginxinc/nginx-unprivileged": { variables: [] },
}

const KEYS = new Set(
  `image build user init read_only tmpfs restart logging cap_drop security_opt stop_signal stop_grace_period hostname command entrypoint
  environment networks ports volumes configs secrets depends_on healthcheck deploy shm_size`.split(/\s+/),
)
const TOP = /^(name|services|networks|volumes|configs|secrets|x-.+)$/
const SECRET = /PASSWORD|SECRET|TOKEN|API_KEY|JWT/
const OURS = "signalflow"

const nameOf = (image: string): string => image.split(/[:@]/, 1)[0]!
const isOurs = (service: Service): boolean => nameOf(service.image ?? "") === OURS
const isOneShot = (service: Service): boolean => service.restart === "no" && service.healthcheck?.disable === true

/** A value for everything that must be given. */
const sample = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(variables(text).flatMap(({ name, required }) => (required ? [[name, "k7Qp2xWz9Lm4Rt6Vb8Nc"]] : [])))

const portsOf = (service: Service, surroundings: Surroundings, file: ComposeFile): ReadonlyArray<number> => {
  const env = service.environment ?? {}
  if (isOurs(service)) {
    const command = service.command?.[0]
    const listening = ["METRICS_PORT", ...(command === "serve" ? ["PORT"] : command === "dead-letters" ? ["DLQ_PORT"] : [])]
    return listening.map((name) => Number(env[name] ?? settings[name]!.default))
  }
  const listeners = [...String(env["KAFKA_LISTENERS"] ?? "").matchAll(/:(\d+)(,|$)/g)].map(([, port]) => Number(port))
  const configured = (service.configs ?? [])
    .map(({ source }) => file.configs?.[source]?.file)
    .filter((path) => path !== undefined && path.endsWith("nginx.conf") && surroundings.exists(path))
    .flatMap((path) => [...surroundings.read(path!).matchAll(/^\s*listen (\d+)/gm)].map(([, port]) => Number(port)))
  const fixed = IMAGES[nameOf(service.image ?? "")]?.port
  return [...listeners, ...configured, ...(fixed === undefined ? [] : [fixed])]
}

/** host:port of every other service that a service's environment, or its proxy's configuration, names. */
const namedIn = (service: Service, surroundings: Surroundings, file: ComposeFile): ReadonlyArray<readonly [string, number]> => {
  const env = Object.fromEntries(Object.entries(service.environment ?? {}).map(([name, value]) => [name, interpolated(value, {})]))
  const pairs = (text: string) => [...text.matchAll(/([a-z][a-z0-9-]*):(\d+)/g)].map(([, host, port]) => [host!, Number(port)] as const)
  const nginx = (service.configs ?? [])
    .map(({ source }) => file.configs?.[source]?.file)
    .filter((path) => path !== undefined && path.endsWith("nginx.conf") && surroundings.exists(path))
    .flatMap((path) =>
      [...surroundings.read(path!).matchAll(/http:\/\/([\w-]+):(\d+)/g)].map(([, host, port]) => [host!, Number(port)] as const),
    )
  const hostAndPort = (host: string, port: string, fallback: number) =>
    (env[host] ?? "") === "" ? [] : [[env[host]!, Number(env[port] ?? fallback)] as const]
  return [
    ...pairs(env["KAFKA_BOOTSTRAP_SERVERS"] ?? ""),
    ...pairs((env["KAFKA_CONTROLLER_QUORUM_VOTERS"] ?? "").replaceAll(/\d+@/g, "")),
    ...pairs((env["REDIS_URL"] ?? "").replace(/^.*@/, "")),
    ...hostAndPort("POSTGRES_HOST", "POSTGRES_PORT", 5432),
    ...hostAndPort("POSTGRES_REPLICA_HOST", "POSTGRES_REPLICA_PORT", 5432),
    ...hostAndPort("PRIMARY_HOST", "PRIMARY_PORT", 5432),
    ...nginx,
  ]
}

const ofEnvironment = (service: Service, env: Readonly<Record<string, string>>): ReadonlyArray<string> => {
  const known = isOurs(service) ? Object.keys(settings) : (IMAGES[nameOf(service.image ?? "")]?.variables ?? [])
  return Object.entries(service.environment ?? {}).flatMap(([name, value]) => {
    const problems: Array<string> = []
    if (!known.includes(name)) problems.push(`${name} is a variable that ${nameOf(service.image ?? "")} does not know`)
    const secret = SECRET.test(name) || /:\/\/[^/@]*:[^/@]*@/.test(String(value))
    const given = /:\/\/[^/@]*:([^/]*)@/.exec(String(value))?.[1] ?? String(value)
    if (secret && !/^\$\{\w+:(\?[^}]+|-)\}$/.test(given)) problems.push(`${name} has a default: a secret is asked for, with \${…:?…}`)
    const setting = isOurs(service) ? settings[name] : undefined
    if (setting !== undefined) {
      const text = interpolated(value, env)
      if (text !== "" && Option.isNone(setting.parse(text))) problems.push(`${name} is ${JSON.stringify(text)}: ${setting.may}`)
    }
    return problems
  })
}

const ofService = (
  name: string,
  service: Service,
  file: ComposeFile,
  surroundings: Surroundings,
  env: Readonly<Record<string, string>>,
) => {
  const problems: Array<string> = []
  const check = (holds: boolean, what: string) => {
    if (!holds) problems.push(`${name}: ${what}`)
  }
  for (const key of Object.keys(service)) check(KEYS.has(key), `unknown key ${key}`)
  check(/^[a-z0-9./-]+:v?\d+\.\d+[\w.-]*$/.test(service.image ?? ""), `image ${service.image} has no pinned tag`)
  check(isOurs(service) || nameOf(service.image ?? "") in IMAGES, `image ${service.image} is not one whose variables are known`)
  check(/^[1-9]\d*:[1-9]\d*$/.test(service.user ?? ""), "runs as root")
  check(service.read_only === true, "its root file system can be written")
  check(service.cap_drop?.includes("ALL") === true, "keeps capabilities")
  check(service.security_opt?.includes("no-new-privileges:true") === true, "may gain privileges")
  const limits = service.deploy?.resources?.limits
  check(
    Number(limits?.cpus) > 0 && /^\d+[mg]$/.test(limits?.memory ?? "") && Number(limits?.pids) > 0,
    "has no limits of CPU, memory and processes",
  )
  check((service.healthcheck?.test?.length ?? 0) > 1 || isOneShot(service), "has no health check")
  check(service.restart === "unless-stopped" || isOneShot(service), "is not restarted")
  if (isOurs(service)) {
    check(surroundings.commands.includes(service.command?.[0] ?? ""), `signalflow has no command ${service.command?.[0]}`)
    check(
      service.build !== undefined && surroundings.exists(`${service.build.context}/${service.build.dockerfile}`),
      "its Dockerfile is not there",
    )
  }
  for (const [target, { condition }] of Object.entries(service.depends_on ?? {})) {
    const other = file.services[target]
    check(other !== undefined, `depends on ${target}, which does not exist`)
    if (other === undefined) continue
    check(
      condition === "service_healthy" ? !isOneShot(other) : condition === "service_completed_successfully" && isOneShot(other),
      `waits for ${target} to be ${condition}, which it never is`,
    )
  }
  check((service.networks ?? []).length > 0, "is on the default network")
  for (const network of service.networks ?? []) check(file.networks?.[network] !== undefined, `network ${network} does not exist`)
  for (const volume of service.volumes ?? []) {
    const [source = "", target = ""] = volume.split(":")
    check(file.volumes !== undefined && source in file.volumes, `volume ${source} does not exist`)
    check(target.startsWith("/"), `volume ${source} has no place`)
  }
  for (const { source, target } of service.configs ?? []) {
    const path = file.configs?.[source]?.file
    check(path !== undefined && surroundings.exists(path), `config ${source} has no file`)
    check(target.startsWith("/"), `config ${source} has no place`)
  }
  for (const secret of service.secrets ?? []) check(file.secrets?.[secret] !== undefined, `secret ${secret} does not exist`)
  for (const published of service.ports ?? []) {
    const [, host, outer, inner] = /^(?:([\d.]+):)?([^:]+):(\d+)$/.exec(interpolated(published, env)) ?? []
    check(host === "127.0.0.1", `port ${published} is open to other machines`)
    check(
      Number(outer) > 0 && portsOf(service, surroundings, file).includes(Number(inner)),
      `nothing listens on the published port ${inner}`,
    )
    check(
      (service.networks ?? []).some((network) => file.networks?.[network]?.internal !== true),
      `port ${published} cannot be reached: its networks are internal`,
    )
  }
  for (const [host, port] of namedIn(service, surroundings, file)) {
    const other = file.services[host]
    check(other !== undefined, `names the host ${host}, which does not exist`)
    if (other === undefined) continue
    check(portsOf(other, surroundings, file).includes(port), `names ${host}:${port}, where nothing listens`)
    check(host === name || (other.networks ?? []).some((network) => service.networks?.includes(network)), `shares no network with ${host}`)
  }
  return [...problems, ...ofEnvironment(service, env).map((what) => `${name}: ${what}`)]
}

/** Everything that is wrong with a compose file, one line each. */
export const problemsOf = (
  text: string,
  file: ComposeFile,
  example: Readonly<Record<string, string>>,
  surroundings: Surroundings,
): ReadonlyArray<string> => {
  const env = sample(text)
  const services = Object.entries(file.services)
  const problems = services.flatMap(([name, service]) => ofService(name, service, file, surroundings, env))
  for (const key of Object.keys(file)) if (!TOP.test(key)) problems.push(`unknown key ${key}`)

  const used = (names: ReadonlyArray<string>, of: Readonly<Record<string, unknown>> | undefined, what: string) => {
    for (const name of Object.keys(of ?? {})) if (!names.includes(name)) problems.push(`${what} ${name} is used by nobody`)
  }
  used(
    services.flatMap(([, { networks }]) => networks ?? []),
    file.networks,
    "network",
  )
  used(
    services.flatMap(([, { volumes }]) => (volumes ?? []).map((volume) => volume.split(":")[0]!)),
    file.volumes,
    "volume",
  )
  used(
    services.flatMap(([, { configs }]) => (configs ?? []).map(({ source }) => source)),
    file.configs,
    "config",
  )
  used(
    services.flatMap(([, { secrets }]) => secrets ?? []),
    file.secrets,
    "secret",
  )

  const asked = variables(text)
  for (const { name, required } of asked) {
    if (example[name] === undefined) problems.push(`.env.example does not name ${name}`)
    else if (required && example[name] !== "changeme") problems.push(`.env.example gives ${name} a value that somebody may keep`)
  }
  for (const name of Object.keys(example))
    if (!asked.some((one) => one.name === name)) problems.push(`.env.example names ${name}, which nothing reads`)
  return problems
}
