import { assert, describe, it } from "@effect/vitest"
import { firstCause } from "../../../src/postgres/embedded/FirstCause.ts"

describe("firstCause", () => {
  it("is the first complaint, on one line, without the log's own columns", () => {
    const said = `2026-12-01 05:20:00.000 UTC [17] LOG:  starting PostgreSQL 18.4
2026-12-01 05:20:00.001 UTC [17] FATAL:  could not open file "global/pg_control": No such file or directory
2026-12-01 05:20:00.002 UTC [17] LOG:  database system is shut down`
    assert.strictEqual(firstCause(said), 'FATAL:  could not open file "global/pg_control": No such file or directory')
  })

  it("is every line, on one, where nothing looks like a complaint, and says so where there is none", () => {
    assert.strictEqual(firstCause("one\ntwo\n"), "one two")
    assert.strictEqual(firstCause(" \n"), "it said nothing")
  })
})
