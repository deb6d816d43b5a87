import { readFileSync, statSync } from "node:fs"
import { homedir } from "node:os"
import { resolve } from "node:path"
import { parseEnv } from "node:util"
import { Failed } from "../print/Failed.ts"

/** Nobody writes so many settings: a bigger file is something else. */
const MOST_BYTES = 1 << 20

const failed = (path: string, what: string) => new Failed({ message: `Cannot read the settings in ${resolve(path)}: ${what}` })

/** Which of two bytes of a character is zero in a text without a mark, which is ASCII for the most part. */
const utf16Of = (bytes: Uint8Array): "utf-16le" | "utf-16be" | null => {
  const zeros = [0, 0]
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === 0) zeros[at % 2]!++
  const half = bytes.length / 2
  if (bytes.length % 2 === 1 || Math.max(...zeros) < half / 2) return null
  return zeros[1]! > zeros[0]! ? "utf-16le" : "utf-16be"
}

/** The text of a file as editors save it: UTF-8 or UTF-16, with or without a byte order mark; null: neither. */
export const textOf = (bytes: Uint8Array): string | null => {
  const [a, b] = bytes
  const encoding = a === 0xff && b === 0xfe ? "utf-16le" : a === 0xfe && b === 0xff ? "utf-16be" : (utf16Of(bytes) ?? "utf-8")
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
    return text.includes("\0") ? null : text
  } catch {
    return null
  }
}

/** The settings in a file of `NAME=value` lines; `{}` if there is no such file. */
export const readEnvFile = (path: string): Readonly<Record<string, string>> => {
  let bytes: Uint8Array
  try {
    const stat = statSync(path)
    if (stat.isDirectory()) throw failed(path, "it is a directory. Rename it, or start in another directory")
    if (!stat.isFile()) throw failed(path, "it is not a file. Remove it, or start in another directory")
    if (stat.size > MOST_BYTES) throw failed(path, `it has ${stat.size} bytes and may have ${MOST_BYTES}. Is it another program's?`)
    bytes = readFileSync(path)
  } catch (cause) {
    if (cause instanceof Failed) throw cause
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === "ENOENT" || code === "ENOTDIR") return {}
    if (code === "EACCES" || code === "EPERM")
      throw failed(path, `this user may not read it (${code}). Correct its owner and mode, or start in another directory`)
    throw failed(path, message)
  }
  const text = textOf(bytes)
  if (text === null) throw failed(path, "it is neither UTF-8 nor UTF-16 text. Save it as UTF-8")
  return parseEnv(text.replaceAll(/\r\n?/g, "\n")) as Record<string, string>
}

/** Settings that name a file or a directory: no shell has replaced the ~ of a line of `.env`. */
const PATHS = ["DATA_DIR", "POSTGRES_SSLROOTCERT"]

const home = (): string | null => {
  try {
    return homedir()
  } catch {
    return null
  }
}

/** `~` and `~/…` as a shell would replace it. */
export const expandHome = (name: string, given: string): string => {
  const path = given.trim()
  if (!path.startsWith("~")) return given
  const mine = /^~(?=\/|$)/.test(path) ? home() : null
  if (mine !== null) return mine + path.slice(1)
  throw new Failed({ message: `${name} is ${JSON.stringify(path)}: the ~ in it cannot be replaced here. Write the whole path` })
}

/** The environment with the lines of `.env` for what is not set, and with `~` replaced in paths. Changes `env`. */
export const loadEnvironment = (path: string, env: NodeJS.ProcessEnv): void => {
  for (const [name, value] of Object.entries(readEnvFile(path))) env[name] ??= value
  for (const name of PATHS) if (env[name] !== undefined) env[name] = expandHome(name, env[name])
}
