import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { chmodSync, cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll } from "vitest"

const root = fileURLToPath(new URL("../../../..", import.meta.url))

/** A project of the same files below a folder of this name: its own packages, and the installed ones by symbolic links. */
const projectIn = (parent: string, name: string): string => {
  const project = join(parent, name, "sf")
  mkdirSync(join(project, "node_modules", "@signalflow"), { recursive: true })
  for (const path of ["package.json", "sql"]) cpSync(join(root, path), join(project, path), { recursive: true })
  const isSource = (path: string) => !/\/(node_modules|dist|test)(\/|$)/.test(path.slice(root.length))
  cpSync(join(root, "packages"), join(project, "packages"), { recursive: true, filter: isSource })
  for (const path of globSync("packages/*", { cwd: root }))
    symlinkSync(`../../${path}`, join(project, "node_modules", "@signalflow", basename(path)))
  const installed = globSync("*", { cwd: join(root, "node_modules") }).filter((each) => each !== "@signalflow")
  for (const each of installed) symlinkSync(join(root, "node_modules", each), join(project, "node_modules", each))
  return project
}

const reading = (project: string) =>
  new Promise<string>((resolve) => {
    const command = join(project, "packages", "cli", "bin", "signalflow.js")
    const child = spawn(process.execPath, [command, "try", "sentiment"], { stdio: ["pipe", "pipe", "pipe"], cwd: project })
    let said = ""
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (said += text))
    child.once("close", () => resolve(said))
    child.stdin.end("I love it\n")
  })

describe("the project's folder", { timeout: 60_000 }, () => {
  let parent = ""
  beforeAll(() => {
    parent = mkdtempSync(join(tmpdir(), "signalflow-paths-"))
    chmodSync(parent, 0o755)
  })
  afterAll(() => rmSync(parent, { recursive: true, force: true }))

  it.for(["C# why?", "50% a%20b", 'it\'s (x), [y] & "z"', "$HOME `x`", "ünï 日本 😀", " -x;"])("may be named %s", async (name) => {
    assert.include(await reading(projectIn(parent, name)), '"compound":0.6')
  })

  it("is never read from the path of a URL, which is encoded", () => {
    const files = globSync(["*.ts", "{bench,infra,packages}/**/*.{ts,tsx,js}"], {
      cwd: root,
      exclude: (path) => /node_modules|dist/.test(path),
    })
    assert.isAbove(files.length, 300)
    const wrong = files.filter(
      (path) =>
        statSync(join(root, path)).isFile() && /import\.meta\.url\)\.(pathname|href\.slice)/.test(readFileSync(join(root, path), "utf8")),
    )
    assert.deepStrictEqual(wrong, [])
  })
})
