import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const cache = process.env["SIGNALFLOW_INFRA_CACHE"] ?? join(homedir(), ".cache/signalflow")

export const schemathesis = join(cache, "schemathesis", "bin", "schemathesis")

const config = fileURLToPath(new URL("schemathesis.toml", import.meta.url))

export const installed = existsSync(schemathesis)

export interface Outcome {
  readonly exit: number
  readonly output: string
}

/** Tries every route of the document at `url` with values that it allows and values that it does not, the same ones each time. */
export const tryContract = (url: string, token: string): Promise<Outcome> => {
  const cwd = mkdtempSync(join(tmpdir(), "signalflow-contract-"))
  const flags = [
    "--config-file",
    config,
    "run",
    `${url}/openapi.json`,
    "--header",
    `Authorization: Bearer ${token}`,
    "--checks=all",
    "--max-examples=15",
    "--generation-deterministic",
    "--max-time=30",
    "--request-timeout=20",
    "--continue-on-failure",
    "--no-color",
    "--warnings=off",
  ]
  return new Promise((resolve) => {
    execFile(schemathesis, flags, { cwd, maxBuffer: 32 * 1024 * 1024, timeout: 110_000 }, (error, stdout, stderr) => {
      rmSync(cwd, { recursive: true, force: true })
      resolve({ exit: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` })
    })
  })
}
