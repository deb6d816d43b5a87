import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"
import { notInstalled } from "./missing.ts"
import { answers, freePorts } from "./ports.ts"
import { end } from "./processes.ts"

const here = import.meta.dirname
const version = /kafka_2\.13<\/artifactId>\s*<version>([^<]+)</.exec(readFileSync(join(here, "kafka/pom.xml"), "utf8"))![1]!
const libs = join(process.env["SIGNALFLOW_INFRA_CACHE"] ?? join(homedir(), ".cache/signalflow"), `kafka-${version}/libs`)

/** Why Kafka cannot be started here, or null. An error where `SIGNALFLOW_INFRA=required`. */
export const kafkaMissing = (): string | null => {
  const java = spawnSync("java", ["-version"]).status === 0
  if (java && existsSync(join(libs, ".complete"))) return null
  return notInstalled(java ? `Kafka ${version}` : "Java")
}

export interface Broker {
  readonly id: number
  /** host:port without sign-in. */
  readonly address: string
  /** host:port where SASL/PLAIN is asked for: user `tester`, password `right`. */
  readonly saslAddress: string
  readonly kill: (signal: NodeJS.Signals) => Promise<void>
  /** Starts it again on its data and waits until it answers. */
  readonly start: () => Promise<void>
}

export interface KafkaCluster {
  readonly brokers: ReadonlyArray<Broker>
  readonly addresses: ReadonlyArray<string>
  readonly stop: () => Promise<void>
}

/** A request for the versions of the broker. */
const VERSIONS = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff])

const javaFlags = ["-Xms64m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:MaxMetaspaceSize=160m", "-Xss512k", "-Djava.net.preferIPv4Stack=true"]
const logFlags = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true"]

/** Brokers that are also controllers, on loopback, with data that goes when they stop. Extra properties win. */
export const startKafka = async (count: 1 | 3, extra: Readonly<Record<string, string>> = {}): Promise<KafkaCluster> => {
  const directory = mkdtempSync(join(tmpdir(), "signalflow-kafka-"))
  const ports = await freePorts(count * 3)
  const cluster = `A${randomBytes(16).toString("base64url").slice(1)}`
  const running = new Map<number, ChildProcess>()
  const killAll = () => {
    for (const child of running.values()) child.kill("SIGKILL")
  }
  process.once("exit", killAll)

  const ids = Array.from({ length: count }, (_, index) => index + 1)
  const portsOf = (id: number) => ports.slice((id - 1) * 3, id * 3) as [number, number, number]
  const voters = ids.map((id) => `${id}@127.0.0.1:${portsOf(id)[1]}`).join(",")

  const prepare = (id: number) => {
    const [port, controller, sasl] = portsOf(id)
    const home = join(directory, String(id))
    mkdirSync(home)
    const properties: Record<string, string | number> = {
      "process.roles": "broker,controller",
      "node.id": id,
      "controller.quorum.voters": voters,
      "controller.listener.names": "CONTROLLER",
      listeners: `PLAINTEXT://127.0.0.1:${port},SASL://127.0.0.1:${sasl},CONTROLLER://127.0.0.1:${controller}`,
      "advertised.listeners": `PLAINTEXT://127.0.0.1:${port},SASL://127.0.0.1:${sasl}`,
      "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT",
      "inter.broker.listener.name": "PLAINTEXT",
      "listener.name.sasl.sasl.enabled.mechanisms": "PLAIN",
      "listener.name.sasl.plain.sasl.jaas.config": 'org.apache.kafka.common.security.plain.PlainLoginModule required user_tester="right";',
      "log.dirs": join(home, "log"),
      "num.network.threads": 2,
      "num.io.threads": 4,
      "background.threads": 2,
      "num.recovery.threads.per.data.dir": 1,
      "auto.create.topics.enable": "false",
      "offsets.topic.num.partitions": 4,
      "offsets.topic.replication.factor": count,
      "transaction.state.log.num.partitions": 4,
      "transaction.state.log.replication.factor": count,
      "transaction.state.log.min.isr": count === 3 ? 2 : 1,
      "share.coordinator.state.topic.replication.factor": count,
      "share.coordinator.state.topic.min.isr": 1,
      "group.initial.rebalance.delay.ms": 0,
      "group.min.session.timeout.ms": 1_000,
      "controlled.shutdown.max.retries": 1,
      "log.cleaner.dedupe.buffer.size": 4_194_304,
      "log.cleaner.threads": 1,
      ...extra,
    }
    const file = join(home, "server.properties")
    writeFileSync(
      file,
      Object.entries(properties)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(""),
    )
    execFileSync(
      "java",
      [
        "-Xmx96m",
        "-XX:TieredStopAtLevel=1",
        ...logFlags,
        "-cp",
        `${libs}/*`,
        "kafka.tools.StorageTool",
        "format",
        "-t",
        cluster,
        "-c",
        file,
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    )
  }

  const launch = async (id: number) => {
    const home = join(directory, String(id))
    const log = openSync(join(home, "out.log"), "a")
    const child = spawn("java", [...javaFlags, ...logFlags, "-cp", `${libs}/*`, "kafka.Kafka", "server.properties"], {
      cwd: home,
      stdio: ["ignore", log, log],
    })
    closeSync(log)
    running.set(id, child)
    const deadline = Date.now() + 180_000
    while (!(await answers(portsOf(id)[0], VERSIONS, /^/))) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`Broker ${id} did not start:\n${readFileSync(join(home, "out.log"), "utf8").slice(-3_000)}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  const kill = async (id: number, signal: NodeJS.Signals) => {
    const child = running.get(id)
    if (child !== undefined) await end(child, signal, 10_000)
  }

  for (const id of ids) prepare(id)
  const stop = async () => {
    // Nothing of it is kept, so nothing needs an orderly end.
    await Promise.all(ids.map((id) => kill(id, "SIGKILL")))
    process.removeListener("exit", killAll)
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    await Promise.all(ids.map(launch))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    addresses: ids.map((id) => `127.0.0.1:${portsOf(id)[0]}`),
    brokers: ids.map((id) => ({
      id,
      address: `127.0.0.1:${portsOf(id)[0]}`,
      saslAddress: `127.0.0.1:${portsOf(id)[2]}`,
      kill: (signal) => kill(id, signal),
      start: () => launch(id),
    })),
    stop,
  }
}
