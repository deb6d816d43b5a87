import { assert, describe, it } from "@effect/vitest"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { expandHome, loadEnvironment, readEnvFile } from "../../src/layers/EnvFile.ts"
import { runCommand } from "../Command.ts"

const text = "PORT=8123\nexport HOST=\"127.0.0.1\"\n# a comment\nREDDIT_USER_AGENT='a # b' # and one more\n\nDATA_DIR = données\n"
const expected = { PORT: "8123", HOST: "127.0.0.1", REDDIT_USER_AGENT: "a # b", DATA_DIR: "données" }

const utf16 = (value: string, big: boolean) => {
  const bytes = Buffer.from(value, "utf16le")
  return big ? bytes.swap16() : bytes
}

describe(".env", () => {
  let parent = ""
  beforeAll(() => {
    parent = mkdtempSync(join(tmpdir(), "signalflow-env-"))
    chmodSync(parent, 0o755)
  })
  afterAll(() => rmSync(parent, { recursive: true, force: true }))

  const written = (bytes: string | Uint8Array) => {
    const path = join(parent, ".env")
    writeFileSync(path, bytes)
    return path
  }

  const encodings: ReadonlyArray<readonly [string, string | Uint8Array]> = [
    ["UTF-8", text],
    ["UTF-8 with a mark", `\ufeff${text}`],
    ["UTF-16 little-endian with a mark", utf16(`\ufeff${text}`, false)],
    ["UTF-16 big-endian with a mark", utf16(`\ufeff${text}`, true)],
    ["UTF-16 little-endian without a mark", utf16(text, false)],
    ["UTF-16 big-endian without a mark", utf16(text, true)],
    ["lines that end as on Windows", text.replaceAll("\n", "\r\n")],
    ["lines that end in a carriage return", text.replaceAll("\n", "\r")],
    ["no end of the last line", text.trimEnd()],
  ]
  it.for(encodings)("is read in %s", ([, bytes]) => assert.deepStrictEqual<object>({ ...readEnvFile(written(bytes)) }, expected))

  it("has nothing where there is no file", () => assert.deepStrictEqual(readEnvFile(join(parent, "absent", ".env")), {}))

  it("is refused in Latin-1, with what to do", () => {
    assert.throws(() => readEnvFile(written(Buffer.from("A=é", "latin1"))), /neither UTF-8 nor UTF-16 text. Save it as UTF-8/)
  })

  it("leaves what the environment has set", () => {
    const env = { PORT: "1" }
    loadEnvironment(written(text), env)
    assert.strictEqual(env.PORT, "1")
    assert.strictEqual((env as Record<string, string>)["HOST"], "127.0.0.1")
  })

  it("stands for the home of the user with ~ alone", () => {
    assert.strictEqual(expandHome("DATA_DIR", "~/sf"), join(homedir(), "sf"))
    assert.strictEqual(expandHome("DATA_DIR", "~"), homedir())
    assert.strictEqual(expandHome("DATA_DIR", "a~b"), "a~b")
    assert.throws(() => expandHome("DATA_DIR", "~ada/sf"), /DATA_DIR is "~ada\/sf": .*Write the whole path/)
  })

  it("that is a directory ends the program with one line", async () => {
    const place = join(parent, "venv")
    mkdirSync(join(place, ".env"), { recursive: true })
    const { code, err, out } = await runCommand(["source", "list"], { DATA_DIR: join(place, "data") }, place)
    assert.strictEqual(code, 1)
    assert.strictEqual(out, "")
    assert.match(err, /^signalflow: Cannot read the settings in .*venv\/\.env: it is a directory\. Rename it[^\n]*\n$/)
  })

  it.skipIf(process.getuid?.() !== 0)("that this user may not read ends the program with one line", async () => {
    const place = join(parent, "closed")
    mkdirSync(place)
    writeFileSync(join(place, ".env"), text, { mode: 0o600 })
    const { code, err } = await runCommand(["try", "sentiment"], {}, place, { uid: 65534, gid: 65534 })
    assert.strictEqual(code, 1)
    assert.match(err, /^signalflow: Cannot read the settings in .*closed\/\.env: this user may not read it \(EACCES\)[^\n]*\n$/)
  })
})
