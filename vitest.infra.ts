import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** What needs real servers; `infra/test/setup.sh` installs them. One file after the other: each starts its own. */
export default defineConfig({
  test: {
    root: file("."),
    include: ["packages/*/test/**/*.infra.test.ts"],
    setupFiles: [file("./vitest.setup.ts")],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
