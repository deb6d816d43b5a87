import { readdirSync } from "node:fs"
import { join } from "node:path"

/** Recorded bodies of the Data API, as paths below the recorded data. */
export const recordedPages = (): ReadonlyArray<string> =>
  readdirSync(join(process.env["SIGNALFLOW_TEST_DATA"]!, "youtube/api"), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.json(\.gz)?$/.test(name))
    .map((name) => `youtube/api/${name}`)
