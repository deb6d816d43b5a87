import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"

const folder = process.env["SIGNALFLOW_TEST_DATA"] ?? ""

/** Whether the recorded data is here; CI must have it. */
export const isRecorded = folder !== "" && existsSync(folder)
if (!isRecorded && process.env["CI"] === "true")
  throw new Error("SIGNALFLOW_TEST_DATA names no folder of recorded data, and CI requires it")

const text = (path: string) => {
  const bytes = readFileSync(join(folder, path))
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8")
}

export const recordedJson = (path: string): unknown => JSON.parse(text(path))
export const recordedLines = (path: string): ReadonlyArray<string> =>
  text(path)
    .split("\n")
    .filter((line) => line.trim() !== "")
