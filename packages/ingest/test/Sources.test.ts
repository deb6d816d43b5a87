import { assert, describe, it } from "@effect/vitest"
import { readdirSync } from "node:fs"
import { readFileSync } from "node:fs"
import { sources } from "../src/Sources.ts"

const src = new URL("../src/", import.meta.url)

describe("the list of sources", () => {
  const files = readdirSync(new URL("sources/", src), { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []))

  it("names exactly the files in sources: a platform is one file and one line", () => {
    const list = readFileSync(new URL("Sources.ts", src), "utf8")
    const imported = [...list.matchAll(/from "\.\/sources\/(.+)"/g)].map((match) => match[1])
    assert.deepStrictEqual([...imported].sort(), files.sort())
    assert.strictEqual(sources.length, files.length)
  })

  it("gives each platform one name, and targets that are its own", () => {
    assert.strictEqual(new Set(sources.map(({ platform }) => platform)).size, sources.length)
    for (const { platform, targets } of sources) {
      for (const target of targets) assert.strictEqual(target.platform, platform)
    }
  })

  it("is blind beyond its own folder: no source imports another", () => {
    for (const file of files) {
      const text = readFileSync(new URL(`sources/${file}`, src), "utf8")
      const folders = [...text.matchAll(/from "\.\/(\w+)\//g)].map((match) => match[1])
      for (const folder of folders) assert.strictEqual(folder, file.slice(0, -3).toLowerCase())
    }
  })
})
