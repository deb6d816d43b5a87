import { assert, describe, it } from "@effect/vitest"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { freePort } from "../../../infra/test/ports.ts"
import { postgresMissing, startPostgres } from "../../../infra/test/postgres.ts"
import { account, newestPostgres } from "../../../infra/test/postgresPlace.ts"
import { ended } from "../../../infra/test/processes.ts"
import { redisMissing } from "../../../infra/test/redis.ts"

const infra = fileURLToPath(new URL("../../../infra/", import.meta.url))

const until = async (what: string, holds: () => boolean) => {
  for (let waited = 0; waited < 30_000; waited += 100) {
    if (holds()) return
    await sleep(100)
  }
  throw new Error(`${what}: not within 30 seconds`)
}

const endedBy = async (child: ChildProcess, signal: NodeJS.Signals) => {
  child.kill(signal)
  await ended(child)
}

describe.skipIf(postgresMissing() !== null)("infra/postgres", () => {
  it("a replica follows the primary by its slot, again after both were stopped, and knows the password by itself", async () => {
    const primary = await startPostgres()
    const home = mkdtempSync(join(tmpdir(), "signalflow-replica-"))
    const binaries = join(newestPostgres()!, "bin")
    const user = account()
    if (user !== undefined) chownSync(home, user.uid, user.gid)
    const environment = { PATH: `${binaries}:${process.env["PATH"]}`, REPLICATION_PASSWORD: "kT4wq9Zx" }
    const set = (password: string) =>
      spawnSync("sh", [join(infra, "postgres/replication.sh")], {
        env: {
          ...environment,
          PGHOST: dirname(primary.data),
          PGPORT: String(primary.port),
          PGPASSWORD: primary.password,
          PGDATA: primary.data,
          POSTGRES_USER: primary.username,
          POSTGRES_DB: primary.database,
          POSTGRES_PASSWORD: password,
        },
      })
    let replica: ChildProcess | undefined
    try {
      const refused = set("changeme")
      assert.strictEqual(refused.status, 1)
      assert.include(refused.stderr.toString(), "POSTGRES_PASSWORD is empty or changeme")
      // As in the image: who is inside needs no password.
      const rules = join(primary.data, "pg_hba.conf")
      writeFileSync(rules, `local all all trust\n${readFileSync(rules, "utf8")}`)
      primary.psql("select pg_reload_conf()")
      assert.strictEqual(set("right").status, 0)
      primary.psql("select pg_reload_conf()")
      primary.psql("create table facts as select 1 as n; alter table facts owner to signalflow")
      const fromOutside = spawnSync(
        join(binaries, "psql"),
        ["-XAtq", "-h", "127.0.0.1", "-p", String(primary.port), "-U", primary.username, "-c", "select 1"],
        { env: { PGPASSWORD: primary.password } },
      )
      assert.match(fromOutside.stderr.toString(), /password authentication failed/)

      const port = await freePort()
      const psql = (sql: string) =>
        spawnSync(
          join(binaries, "psql"),
          ["-XAtq", "-h", "127.0.0.1", "-p", String(port), "-U", "signalflow", "-d", "postgres", "-c", sql],
          {
            env: { PGPASSWORD: "right" },
          },
        )
          .stdout.toString()
          .trim()
      const start = (password: string) =>
        spawn("sh", [join(infra, "postgres/replica.sh"), "-c", `port=${port}`, "-c", `unix_socket_directories=${home}`], {
          ...user,
          cwd: home,
          stdio: "ignore",
          env: {
            ...environment,
            REPLICATION_PASSWORD: password,
            PGDATA: join(home, "data"),
            PRIMARY_HOST: "127.0.0.1",
            PRIMARY_PORT: String(primary.port),
          },
        })
      // What a copy that was cut short leaves behind.
      mkdirSync(join(home, "data.arriving"))
      writeFileSync(join(home, "data.arriving/PG_VERSION"), "15\n")
      if (user !== undefined) chownSync(join(home, "data.arriving"), user.uid, user.gid)
      replica = start("kT4wq9Zx")
      await until("the replica answers from recovery", () => psql("select pg_is_in_recovery(), (select n from facts)") === "t|1")
      assert.strictEqual(psql("select rolsuper from pg_roles where rolname = current_user"), "f")
      primary.psql("insert into facts values (2)")
      await until("a row arrives", () => psql("select count(*) from facts") === "2")
      assert.strictEqual(primary.psql("select slot_name, active from pg_replication_slots"), "replica|t")

      await endedBy(replica, "SIGINT")
      primary.psql("insert into facts values (3)")
      await primary.stop()
      await primary.start()
      replica = start("not asked for again")
      await until("it goes on with what it has", () => psql("select count(*) from facts") === "3")
    } finally {
      if (replica !== undefined) await endedBy(replica, "SIGQUIT")
      await primary.destroy()
      rmSync(home, { recursive: true, force: true })
    }
  }, 120_000)
})

describe.skipIf(redisMissing() !== null)("infra/redis", () => {
  const run = (directory: string, password: string) =>
    spawn("sh", [join(infra, "redis/start.sh")], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { PATH: process.env["PATH"], REDIS_PASSWORD: password, REDIS_CONFIG: join(directory, "given.conf"), REDIS_RUN: directory },
    })

  it("starts with the password and as a cache that forgets, and not without one", async () => {
    const directory = mkdtempSync(join(tmpdir(), "signalflow-redis-start-"))
    const port = await freePort()
    writeFileSync(join(directory, "given.conf"), readFileSync(join(infra, "redis/redis.conf"), "utf8").replace("port 6379", `port ${port}`))
    const ask = (password: string, ...words: ReadonlyArray<string>) =>
      spawnSync("redis-cli", ["-p", String(port), ...words], { env: { ...process.env, REDISCLI_AUTH: password } })
        .stdout.toString()
        .trim()
    const server = run(directory, "kT4wq9Zx")
    try {
      await until("Redis answers", () => ask("kT4wq9Zx", "ping") === "PONG")
      assert.match(ask("wrong", "ping"), /NOAUTH|WRONGPASS/)
      assert.strictEqual(ask("kT4wq9Zx", "config", "get", "maxmemory-policy").split("\n")[1], "allkeys-lru")
      assert.strictEqual(ask("kT4wq9Zx", "config", "get", "maxmemory").split("\n")[1], String(256 * 1024 * 1024))
      // Databases 0, 1 and 2 are used, and there are no more.
      assert.strictEqual(ask("kT4wq9Zx", "-n", "2", "ping"), "PONG")
    } finally {
      await endedBy(server, "SIGTERM")
    }
    for (const [password, why] of [
      ["", "empty or changeme"],
      ["changeme", "empty or changeme"],
      ["a b", "letters, digits"],
    ] as const) {
      const refused = run(directory, password)
      let said = ""
      refused.stderr!.on("data", (data) => (said += String(data)))
      assert.strictEqual(await new Promise((done) => refused.once("close", done)), 1)
      assert.include(said, why)
    }
    rmSync(directory, { recursive: true, force: true })
  })
})
