import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"

/** What code, messages and docs do not say, and what they say instead (docs/glossary.md). */
const words: ReadonlyArray<readonly [RegExp, string]> = [
  [/\bstands? still and tries again\b/, "stalled, retrying"],
  [/\b(is|are|was|were) away\b/, "unavailable"],
  [/\bis well again\b/, "has recovered"],
  [/\btr(y|ies) again by itself\b/, "retries by itself"],
  [/\bgap-free prefix\b/, "contiguous prefix"],
  [/\bis no (URL|JSON|replica|port|number)\b/, "is not a …, must be a … like"],
  [/\bthis is no (JSON|URL)\b/, "not valid JSON"],
  [/\bset aside\b(?! as dead letters)/, "dead-lettered"],
  [/\bThe way of a signal\b/, "How it works"],
]

const files = execFileSync("git", ["ls-files", "packages/*/src/**", "docs", "README.md", "CONTRIBUTING.md"], { encoding: "utf8" })
  .split("\n")
  .filter((file) => /\.(ts|tsx|md)$/.test(file))

let found = 0
for (const file of files)
  for (const [n, line] of readFileSync(file, "utf8").split("\n").entries())
    for (const [word, instead] of words)
      if (word.test(line)) {
        found++
        process.stderr.write(`${file}:${n + 1}: "${word.exec(line)![0]}": write ${instead}\n`)
      }
if (found > 0) process.exitCode = 1
