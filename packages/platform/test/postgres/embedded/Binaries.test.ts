import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Binaries from "../../../src/postgres/embedded/Binaries.ts"
import { run } from "../../../src/postgres/embedded/Command.ts"
import * as ServerUser from "../../../src/postgres/embedded/ServerUser.ts"
import { temporary } from "./programs.ts"

/** The installed package, copied into `parent` as npm lays it out. */
const install = (parent: string) =>
  Effect.gen(function* () {
    const { directory } = yield* Binaries.find(undefined, "/nonexistent")
    const native = join(parent, "home", "native")
    mkdirSync(dirname(native))
    cpSync(directory, native, { recursive: true, verbatimSymlinks: true })
    cpSync(join(directory, "..", "package.json"), join(native, "..", "package.json"))
    return native
  })

describe("Binaries", { timeout: 120_000 }, () => {
  it.live.skipIf(!ServerUser.isRoot)("binaries under a home of mode 700 are copied once to where the server's user can run them", () =>
    Effect.gen(function* () {
      const parent = yield* temporary
      const native = yield* install(parent)
      chmodSync(join(parent, "home"), 0o700)
      const user = yield* ServerUser.find
      const shared = join(parent, "shared")
      const found = yield* Binaries.find(user, shared, Effect.succeed(native))
      assert.strictEqual(dirname(found.directory), shared)
      assert.strictEqual((yield* run(found.initdb, ["--version"], user)).code, 0)
      assert.deepStrictEqual(readdirSync(shared), [found.directory.slice(shared.length + 1)])
      assert.strictEqual((yield* Binaries.find(user, shared, Effect.succeed(native))).directory, found.directory)
    }),
  )

  it.live("the links that npm's --ignore-scripts leaves out are made", () =>
    Effect.gen(function* () {
      const native = yield* install(yield* temporary)
      const links = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8")) as ReadonlyArray<{ target: string }>
      for (const { target } of links) unlinkSync(join(native, "..", target))
      const found = yield* Binaries.find(undefined, "/nonexistent", Effect.succeed(native))
      assert.isTrue(links.every(({ target }) => existsSync(join(native, "..", target))))
      assert.strictEqual((yield* run(found.postgres, ["--version"], undefined)).code, 0)
    }),
  )

  it.live("binaries that do not run are named with what to do", () =>
    Effect.gen(function* () {
      const native = yield* install(yield* temporary)
      rmSync(join(native, "lib"), { recursive: true })
      const { message } = yield* Effect.flip(Binaries.find(undefined, "/nonexistent", Effect.succeed(native)))
      assert.match(message, /bin\/postgres does not run here: .*shared libraries.*npm ci/s)
    }),
  )
})
