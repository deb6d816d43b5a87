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

const statOf = (pid: number) => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8")
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
    const ms = (index: number) => (Number(fields[index]) * 1_000) / ticks
    return { parent: Number(fields[1]), cpuMs: ms(11) + ms(12), childrenMs: ms(13) + ms(14) }
  } catch {
    return null
  }
}
