import { assert, describe, it } from "@effect/vitest"
import { definitions } from "@signalflow/domain/settings/Settings"
import { Option } from "effect"
import { existsSync, globSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { envFile, interpolated, overlaid, read } from "./ComposeFile.ts"
import { problemsOf, type Surroundings } from "./ComposeRules.ts"
import * as Dockerfile from "./DockerfileRules.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const text = (path: string) => readFileSync(join(root, path), "utf8")

const surroundings: Surroundings = {
  exists: (path) => existsSync(join(root, "infra", path)),
  read: (path) => text(join("infra", path)),
  commands: globSync("packages/cli/src/commands/*.ts", { cwd: root }).flatMap((path) =>
    [...text(path).matchAll(/Command\.make\(\s*"([\w-]+)"/g)].map(([, name]) => name!),
  ),
}
const compose = text("infra/compose.yaml")
const example = envFile(text("infra/.env.example"))
const problems = (changed: string, env = example) => problemsOf(changed, read(changed), env, surroundings)

describe("infra/compose.yaml", () => {
  it("is right in every point that the rules know", () => {
    assert.deepStrictEqual(problems(compose), [])
  })

  it("has what a fleet has", () => {
    const { services } = read(compose)
    const commands = Object.values(services).map(({ image, command, deploy }) =>
      image?.startsWith("signalflow:") ? `${command?.[0]} ${(deploy as { replicas?: number }).replicas ?? 1}` : image?.split(":")[0],
    )
    assert.deepStrictEqual(commands.sort(), [
      "aggregate 1",
      "apache/kafka",
      "apache/kafka",
      "apache/kafka",
      "dead-letters 1",
      "ingest 1",
      "migrate 1",
      "nginxinc/nginx-unprivileged",
      "process 3",
      "redis",
      "serve 2",
      "timescale/timescaledb",
      "timescale/timescaledb",
    ])
    assert.include(text("infra/test/kafka/pom.xml"), `<version>${services["kafka-1"]!.image!.split(":")[1]}</version>`)
  })

  it("publishes the proxy alone; the overlay adds the brokers' outer listeners", () => {
    const base = read(compose)
    const published = (file: typeof base) =>
      Object.entries(file.services)
        .filter(([, { ports }]) => (ports ?? []).length > 0)
        .map(([name]) => name)
    assert.deepStrictEqual(published(base), ["proxy"])
    const both = overlaid(base, read(text("infra/compose.kafka.yaml")))
    assert.deepStrictEqual(published(both), ["kafka-1", "kafka-2", "kafka-3", "proxy"])
    assert.deepStrictEqual(problemsOf(compose, both, example, surroundings), [])
    for (const [name, { ports = [], environment = {} }] of Object.entries(both.services))
      if (name.startsWith("kafka-"))
        assert.include(String(environment["KAFKA_ADVERTISED_LISTENERS"]), `OUTER://${ports[0]!.split(":", 2).join(":")}`)
  })

  it("does not start with the passwords of the example file", () => {
    const { environment = {} } = read(compose).services["process"]!
    for (const name of ["POSTGRES_PASSWORD", "REDIS_URL"] as const)
      assert.isTrue(Option.isNone(definitions[name].parse(interpolated(environment[name]!, example))), name)
    for (const script of ["postgres/replication.sh", "redis/start.sh"])
      assert.match(text(`infra/${script}`), /""\s*\|\s*changeme\)[^;]*; exit 1/)
  })

  const mistakes: ReadonlyArray<readonly [string, string | RegExp, string, RegExp]> = [
    [
      "a variable that nobody reads",
      "LOG_FORMAT: json",
      "LOG_FROMAT: json",
      /process: LOG_FROMAT is a variable that signalflow does not know/,
    ],
    ["a variable that Kafka does not have", "KAFKA_LOG_DIRS:", "KAFKA_LOG_DIR:", /kafka-2: KAFKA_LOG_DIR is a variable/],
    ["a value that Settings refuses", "LOG_FORMAT: json", "LOG_FORMAT: jsn", /serve: LOG_FORMAT is "jsn": one of pretty, json/],
    ["a host that does not exist", "POSTGRES_HOST: postgres\n", "POSTGRES_HOST: postgresql\n", /names the host postgresql/],
    ["a broker's wrong port", "kafka-3:9092\n", "kafka-3:9095\n", /names kafka-3:9095, where nothing listens/],
    ["a proxy without a way", "networks: [front, edge]", "networks: [edge]", /proxy: shares no network with serve/],
    ["a published port where nothing listens", "8080}:8080", "8080}:80", /proxy: nothing listens on the published port 80/],
    ["a port open to the world", '"127.0.0.1:${PROXY_PORT', '"${PROXY_PORT', /proxy: port .* is open to other machines/],
    ["a volume that does not exist", '"kafka-2:/var', '"kafka-4:/var', /kafka-2: volume kafka-4 does not exist/],
    ["a network that does not exist", "networks: [back, outside]", "networks: [back, outsde]", /ingest: network outsde does not exist/],
    ["a config file that does not exist", "./redis/redis.conf", "./redis/redis.cnf", /redis: config redis has no file/],
    [
      "a secret that does not exist",
      "command: [ingest]",
      "command: [ingest]\n    secrets: [reddit]",
      /ingest: secret reddit does not exist/,
    ],
    ["a dependency that does not exist", "      serve: { condition", "      server: { condition", /proxy: depends on server/],
    [
      "a wait that never ends",
      "serve: { condition: service_healthy",
      "serve: { condition: service_completed_successfully",
      /proxy: waits for serve/,
    ],
    ["an image without a tag", "redis:7.4.2-alpine", "redis", /redis: image redis has no pinned tag/],
    ["an image that changes under its tag", "redis:7.4.2-alpine", "redis:latest", /redis: image redis:latest has no pinned tag/],
    ["no health check", /healthcheck:\n\s+test: \[CMD, wget.*\n/, "x-none:\n      a: b\n", /proxy: has no health check/],
    ["no limits", /limits: \{ cpus: "0.5", memory: 128m, pids: 64 \}/, 'limits: { cpus: "0.5" }', /proxy: has no limits/],
    ["root", 'user: "101:101"', 'user: "0:0"', /proxy: runs as root/],
    ["a root file system that can be written", "read_only: true", "read_only: false", /redis: its root file system can be written/],
    ["capabilities", "cap_drop: [ALL]", "cap_drop: []", /redis: keeps capabilities/],
    ["privileges", "no-new-privileges:true", "no-new-privileges:false", /redis: may gain privileges/],
    [
      "a default password",
      "REDIS_PASSWORD: ${REDIS_PASSWORD:?copy infra/.env.example to infra/.env}",
      "REDIS_PASSWORD: hunter2",
      /redis: REDIS_PASSWORD has a default/,
    ],
    [
      "a default password that can be replaced",
      "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?",
      "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-",
      /POSTGRES_PASSWORD has a default/,
    ],
    [
      "a default password in a URL",
      "redis://:${REDIS_PASSWORD:?copy infra/.env.example to infra/.env}@",
      "redis://:signalflow@",
      /process: REDIS_URL has a default/,
    ],
    ["a command that does not exist", "command: [aggregate]", "command: [agregate]", /signalflow has no command agregate/],
    ["a misspelt key", "shm_size: 256m", "shmsize: 256m", /unknown key shmsize/],
    ["a variable that the example does not name", "${PUBLIC_HOSTS:-", "${PUBLIC_NAMES:-", /\.env\.example does not name PUBLIC_NAMES/],
    ["a network that nobody uses", "  edge: {}", "  edge: {}\n  spare: {}", /network spare is used by nobody/],
  ]
  it.for(mistakes)("is refused with %s", ([, from, to, expected]) => {
    const changed = typeof from === "string" ? compose.replaceAll(from, to) : compose.replace(from, to)
    assert.notStrictEqual(changed, compose)
    assert.match(problems(changed).join("\n"), expected)
  })

  it("is refused with an example file that gives a password", () => {
    assert.match(problems(compose, { ...example, REDIS_PASSWORD: "signalflow" }).join("\n"), /gives REDIS_PASSWORD a value/)
  })
})

describe("infra/proxy/nginx.conf", () => {
  const conf = text("infra/proxy/nginx.conf")
  it("keeps the Host that the client sent, and lets WebSockets through", () => {
    assert.match(conf, /^\s*proxy_set_header Host \$http_host;/m)
    assert.match(conf, /^\s*proxy_set_header Upgrade \$http_upgrade;/m)
    assert.match(conf, /^\s*proxy_set_header Connection \$connection_upgrade;/m)
    assert.match(conf, /^\s*proxy_http_version 1\.1;/m)
    // Headers of an inner level replace all of the outer one's.
    assert.strictEqual(conf.lastIndexOf("proxy_set_header") < conf.indexOf("location"), true)
  })
})

describe("infra/Dockerfile", () => {
  const dockerfile = text("infra/Dockerfile")
  const workspaces = readdirSync(join(root, "packages"))
    .filter((name) => statSync(join(root, "packages", name)).isDirectory())
    .map((name) => `packages/${name}`)
  const manifest = JSON.parse(text("package.json")) as { devDependencies: { node: string } }
  const around: Dockerfile.Around = {
    nodeVersion: manifest.devDependencies.node,
    workspaces,
    exists: (path) => existsSync(join(root, path)),
    ignored: text(".dockerignore"),
  }

  it("is right in every point that the rules know", () => {
    assert.deepStrictEqual(Dockerfile.problemsOf(dockerfile, around), [])
  })

  const mistakes: ReadonlyArray<readonly [string, string, string, RegExp]> = [
    ["root", "USER 1000:1000", "USER root", /runs as root/],
    ["root, by nobody else", "USER 1000:1000\n", "", /runs as root/],
    [
      "a shell before node",
      'ENTRYPOINT ["node", "/app/packages/cli/bin/signalflow.js"]',
      "ENTRYPOINT node /app/packages/cli/bin/signalflow.js",
      /ENTRYPOINT is not a JSON/,
    ],
    ["another Node", "node:24.21.0-bookworm-slim", "node:22-bookworm-slim", /is not the slim Node/],
    ["a secret", "ENV NODE_ENV=production", "ENV JWT_SECRET=abc", /ENV JWT_SECRET puts a secret/],
    ["a secret as an argument", "WORKDIR /app", "ARG NPM_TOKEN\nWORKDIR /app", /ARG NPM_TOKEN puts a secret/],
    ["dependencies that move", "npm ci --omit=dev", "npm install --omit=dev", /does not keep to the lock file/],
    [
      "a forgotten workspace",
      "COPY packages/process/package.json packages/process/\n",
      "",
      /packages\/process\/package.json is not copied/,
    ],
    ["everything", "COPY sql sql", "COPY . .", /may bring secrets along/],
    ["a file that is not there", "COPY sql sql", "COPY migrations sql", /COPY of migrations, which is not there/],
    ["a file that is not sent to the builder", "COPY sql sql", "COPY docs docs", /COPY of docs, which .dockerignore keeps back/],
    ["a dashboard that cannot be built", "COPY tsconfig.json ./\n", "", /tsconfig.json is not copied/],
    ["no health check", "HEALTHCHECK", "LABEL", /HEALTHCHECK is missing/],
  ]
  it.for(mistakes)("is refused with %s", ([, from, to, expected]) => {
    assert.include(dockerfile, from)
    assert.match(Dockerfile.problemsOf(dockerfile.replaceAll(from, to), around).join("\n"), expected)
  })
})
