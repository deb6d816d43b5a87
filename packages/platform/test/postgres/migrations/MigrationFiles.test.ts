import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readdirSync } from "node:fs"
import { load } from "../../../src/postgres/migrations/MigrationFiles.ts"
import * as TestPostgres from "../../TestPostgres.ts"

describe("the project's own migrations", () => {
  const files = readdirSync(TestPostgres.migrations).filter((file) => file.endsWith(".sql"))

  it("are numbered 1, 2, 3 … by their names: no number twice, none left out", () => {
    const byNumber = Map.groupBy(files, (file) => Number(/^V(\d+)__/.exec(file)?.[1]))
    assert.deepStrictEqual(
      [...byNumber.values()].filter(({ length }) => length > 1),
      [],
      "files with the same number: give the later one the next free number",
    )
    assert.deepStrictEqual(
      [...byNumber.keys()].toSorted((a, b) => a - b),
      files.map((_, index) => index + 1),
    )
  })

  it.effect("are all loaded", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* load(TestPostgres.migrations)).map(({ file }) => file).toSorted(), files.toSorted())
    }),
  )
})
