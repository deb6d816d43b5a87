#!/usr/bin/env node
// Plain JavaScript on purpose: it must run on any Node, to say which one is needed or to start the one that npm ci installed.
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const main = new URL("../src/main.ts", import.meta.url).href
const major = Number(process.versions.node.split(".")[0])

const installedNode = () => {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin", "node")
  } catch {
    return null
  }
}

if (major >= 24) {
  const { enableCompileCache } = await import("node:module")
  enableCompileCache()
  await import(main)
} else {
  const node = installedNode()
  if (node === null || !existsSync(node)) {
    console.error(
      `SignalFlow needs Node 24 or newer and this is Node ${process.versions.node}. Run "npm ci" in the project (it brings its own Node), without --ignore-scripts.`,
    )
    process.exit(1)
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" })
  // A terminal sends Ctrl-C to both; a second one changes nothing for a child that stops already.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal))
  child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 1))
}
