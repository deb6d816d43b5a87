import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { kafkaMissing, startKafka } from "../infra/test/kafka.ts"
import { postgresMissing, startPostgres } from "../infra/test/postgres.ts"
import { redisMissing, startRedis } from "../infra/test/redis.ts"
import { childNamed, cpuOf, cpuOfChildren } from "./machine.ts"

/** CPU milliseconds of each server so far. */
export interface ServerCpu {
  readonly postgres: number
  readonly redis: number
  readonly kafka: number
}

/** One broker, one PostgreSQL and one Redis of the measurement's own. Every commit of the database reaches the disk. */
export const startServers = async () => {
  const missing = [kafkaMissing(), postgresMissing(), redisMissing()].find((why) => why !== null)
  if (missing !== undefined) throw new Error(missing)
  const kafka = await startKafka(1)
  // As Debian installs it, which is how the peer was measured.
  const postgres = await startPostgres({
    settings: { fsync: "on", shared_buffers: "128MB", max_wal_size: "1GB", autovacuum_naptime: "60s" },
  })
  const redis = await startRedis()
  const [broker, server] = [childNamed("java"), childNamed("redis-server")]
  const postmaster = Number(readFileSync(join(postgres.data, "postmaster.pid"), "utf8").split("\n", 1)[0])
  return {
    broker: kafka.addresses[0]!,
    postgres,
    redis,
    cpu: (): ServerCpu => ({ postgres: cpuOf(postmaster) + cpuOfChildren(postmaster), redis: cpuOf(server), kafka: cpuOf(broker) }),
    flushRedis: () =>
      void execFileSync("redis-cli", ["-p", String(redis.port), "flushall"], {
        env: { ...process.env, REDISCLI_AUTH: redis.password },
        stdio: "pipe",
      }),
    stop: async () => {
      await kafka.stop()
      await postgres.destroy()
      await redis.stop()
    },
  }
}

export type Servers = Awaited<ReturnType<typeof startServers>>
