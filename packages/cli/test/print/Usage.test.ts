import { assert, describe, it } from "@effect/vitest"
import { runCommand } from "../Command.ts"

describe("wrong usage", { timeout: 60_000 }, () => {
  const cases: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
    [["lnk"], /^There is no command "lnk": did you mean "link"\?$/],
    [["source", "lst"], /^There is no command "source lst": did you mean "list"\?$/],
    [["link", "--jsn"], /^--jsn is not a flag of "signalflow link": did you mean "--json"\?$/],
    [["source", "add"], /^Missing required argument: platform$/],
    [["tail", "--limit", "x"], /^Invalid value for flag --limit: "x"\. Expected a number$/],
    [["try", "sentimen"], /^Invalid value for argument <what>: "sentimen"\. Expected: "sentiment"/],
    [["up", "now"], /^Unexpected positional argument: "now"$/],
  ]
  it.for(cases)("%j is told first, with how to write it, in a few lines", async ([args, expected]) => {
    const { code, out, err } = await runCommand(args, {})
    assert.strictEqual(code, 2)
    assert.strictEqual(out, "")
    const [first = "", ...rest] = err.trimEnd().split("\n")
    assert.match(first.replace(/^signalflow: /, ""), expected)
    assert.isTrue(rest.length <= 3 && rest[0]!.startsWith("Usage: signalflow ") && rest.at(-1)!.endsWith('--help".'), err)
  })
})
