import { assert, describe, it } from "@effect/vitest"
import { readdirSync } from "node:fs"
import { readFileSync } from "node:fs"
import { sources } from "../src/Sources.ts"

const src = new URL("../src/", import.meta.url)

describe("the list of sources", () => {
  const folders = readdirSync(new URL("sources/", src))
  /** Of every file of a platform's folder, and of the folders in it. */
  const filesOf = (folder: string) =>
    readdirSync(new URL(`sources/${folder}/`, src), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"))

  it("names exactly the folders in sources: a platform is one folder and one line", () => {
    const list = readFileSync(new URL("Sources.ts", src), "utf8")
    const imported = [...list.matchAll(/from "\.\/sources\/(\w+)\/(\w+)\.ts"/g)].map(([, folder, file]) => ({ folder, file }))
    assert.deepStrictEqual(imported.map(({ folder }) => folder).sort(), folders.sort())
    for (const { folder, file } of imported) assert.strictEqual(file!.toLowerCase(), folder)
    assert.strictEqual(sources.length, folders.length)
  })

  it("gives each platform one name, and targets that are its own", () => {
    assert.strictEqual(new Set(sources.map(({ platform }) => platform)).size, sources.length)
    for (const { platform, targets } of sources) {
      for (const target of targets) assert.strictEqual(target.platform, platform)
    }
  })

  it("is blind beyond its own folder: no source imports another", () => {
    for (const folder of folders) {
      for (const file of filesOf(folder)) {
        const url = new URL(`sources/${folder}/${file}`, src)
        for (const [, path] of readFileSync(url, "utf8").matchAll(/from "(\.[^"]+)"/g)) {
          const [, other] = /\/sources\/(\w+)\//.exec(new URL(path!, url).pathname) ?? []
          assert.isTrue(other === undefined || other === folder, `${folder}/${file} imports ${path}`)
        }
      }
    }
  })
})
