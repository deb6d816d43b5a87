import { assert, describe, it } from "@effect/vitest"
import { run, table } from "../../../../infra/test/fleet/Fleet.ts"
import { kafkaMissing } from "../../../../infra/test/kafka.ts"
import { postgresMissing } from "../../../../infra/test/postgres.ts"
import { redisMissing } from "../../../../infra/test/redis.ts"

const missing = [kafkaMissing(), postgresMissing(), redisMissing()].some((why) => why !== null)
const given = (name: string, fallback: number) => Number(process.env[name] ?? fallback)
const say = (line: string) => void process.stdout.write(`${line}\n`)

describe.skipIf(missing)("The fleet", () => {
  it("loses and doubles nothing while a broker, a process, Redis, PostgreSQL and a consumer fail under load (guarantees 1 to 8)", async () => {
    const report = await run({
      seed: given("FLEET_SEED", 1 + Math.floor(Math.random() * 1_000_000)),
      seconds: given("FLEET_SECONDS", 75),
      perSecond: given("FLEET_PER_SECOND", 1_000),
      patience: 900_000,
      say,
    })
    say(table(report))
    assert.deepStrictEqual(report.problems, [])
    assert.strictEqual(report.failures.length, 5)
    assert.isAbove(report.signals, 0)
  }, 1_800_000)
})
