import { assert, describe, it } from "@effect/vitest"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { aggregateWorker, dashboardBuild, projectDirectory, simulatorMain, sqlDirectory } from "../../src/layers/Paths.ts"

describe("what the programs find by its place", () => {
  it("is there", () => {
    for (const path of [
      join(sqlDirectory, "V1__signals.sql"),
      // Built by npm ci.
      join(dashboardBuild, "index.html"),
      join(projectDirectory, "package-lock.json"),
      simulatorMain,
      aggregateWorker,
    ])
      assert.isTrue(existsSync(path), path)
  })
})
