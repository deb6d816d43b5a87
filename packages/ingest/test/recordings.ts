import { statSync } from "node:fs"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { report } from "./recordings/Report.ts"
import { survey } from "./recordings/Survey.ts"

/** `npm run test:recordings [-- DIR]`: decodes recorded API bodies and says what became of every item. */
const given = process.argv[2]
const directory =
  given === undefined
    ? fileURLToPath(new URL("../../../../shared/data", import.meta.url))
    : resolve(process.env["INIT_CWD"] ?? process.cwd(), given)

if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
  process.stderr.write(`${directory} is no directory: name one that has reddit/, hackernews/, bluesky/ or youtube/\n`)
  process.exitCode = 2
} else {
  const found = survey(directory)
  process.stdout.write(report(found))
  if (found.files.length === 0) {
    process.stderr.write(`${directory} has none of reddit/, hackernews/, bluesky/, youtube/, or no file in them\n`)
    process.exitCode = 2
  } else if (found.failed.length > 0) process.exitCode = 1
}
