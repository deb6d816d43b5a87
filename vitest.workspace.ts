import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const project = (name: string) => ({
  test: {
    name,
    root: file(`./packages/${name}`),
    include: ["test/**/*.test.ts", "test/**/*.test.tsx"],
    exclude: ["test/**/*.infra.test.ts"],
    setupFiles: [file("./vitest.setup.ts")],
    environment: name === "dashboard" ? "happy-dom" : "node",
    env: { SIGNALFLOW_TEST_DATA: existsSync(file("../shared/data")) ? file("../shared/data") : "" },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})

/** Vitest does not read this name by itself: every script passes it with `--config`. */
export default defineConfig({
  test: {
    projects: ["domain", "platform", "ingest", "process", "server", "dashboard", "simulator", "cli"].map(project),
    passWithNoTests: true,
  },
})
