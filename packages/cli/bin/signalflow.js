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

/**
 * glibc keeps an arena for each thread and gives little of them back: 80 MB in a program that runs for weeks. It reads these once, at
 * the start of a process, so the programs that stay are started over in place: same process id, same terminal.
 */
const allocator = { MALLOC_ARENA_MAX: "1", MALLOC_TRIM_THRESHOLD_: "131072", MALLOC_MMAP_THRESHOLD_: "131072" }
const stays = process.platform === "linux" && ["demo", "up"].includes(process.argv[2]) && process.env.MALLOC_ARENA_MAX === undefined

if (major >= 24) {
  if (stays && process.execve !== undefined && process.channel === undefined)
    process.execve(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], { ...process.env, ...allocator })
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
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: "inherit",
    env: stays ? { ...process.env, ...allocator } : process.env,
  })
  // A terminal sends Ctrl-C to both; a second one changes nothing for a child that stops already.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal))
  child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 1))
}
