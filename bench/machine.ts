import { readdirSync, readFileSync } from "node:fs"
import { availableParallelism, cpus, totalmem } from "node:os"

/** The machine in one line. */
export const machine = (): string =>
  `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`

const ticks = 100

/** CPU milliseconds that the tree of processes under `pid` has used, without the root; Linux only, else 0. */
export const cpuOfChildren = (pid: number): number => {
  try {
    let sum = 0
    for (const entry of readdirSync("/proc")) {
      if (!/^\d+$/.test(entry)) continue
      const fields = statOf(Number(entry))
      if (fields !== null && fields.parent === pid) sum += fields.cpuMs
    }
    return sum + (statOf(pid)?.childrenMs ?? 0)
  } catch {
    return 0
  }
}

/** CPU milliseconds that a process has used, all its threads, without its children; Linux only, else 0. */
export const cpuOf = (pid: number): number => statOf(pid)?.cpuMs ?? 0

/** Megabytes that a process holds; Linux only, else 0. */
export const rssOf = (pid: number): number => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_024
  } catch {
    return 0
  }
}

/** CPU milliseconds that everything on this machine has used. */
export const cpuOfAll = (): number => cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)

/** The child of this process that runs a program of this name; Linux only. */
export const childNamed = (name: string): number => {
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue
    const fields = statOf(Number(entry))
    if (fields?.parent === process.pid && fields.name === name) return Number(entry)
  }
  throw new Error(`no ${name} was started here`)
}

const statOf = (pid: number) => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8")
    const end = text.lastIndexOf(")")
    const fields = text.slice(end + 2).split(" ")
    const ms = (index: number) => (Number(fields[index]) * 1_000) / ticks
    const name = text.slice(text.indexOf("(") + 1, end)
    return { name, parent: Number(fields[1]), cpuMs: ms(11) + ms(12), childrenMs: ms(13) + ms(14) }
  } catch {
    return null
  }
}
