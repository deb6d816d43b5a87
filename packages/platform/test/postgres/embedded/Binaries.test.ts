import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, unlinkSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Binaries from "../../../src/postgres/embedded/Binaries.ts"
import { run } from "../../../src/postgres/embedded/Command.ts"
import * as ServerUser from "../../../src/postgres/embedded/ServerUser.ts"
import { temporary } from "./programs.ts"

/** The installed package, copied into `parent` as npm lays it out. */
const install = (parent: string, home = "home") =>
  Effect.gen(function* () {
    const { directory } = yield* Binaries.find(undefined, "/nonexistent")
    const native = join(parent, home, "native")
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

  const copied = Effect.gen(function* () {
    const parent = yield* temporary
    const native = yield* install(parent)
    chmodSync(join(parent, "home"), 0o700)
    const user = yield* ServerUser.find
    const shared = join(parent, "shared")
    const find = Binaries.find(user, shared, Effect.succeed(native))
    return { find, user, shared, works: (file: string) => Effect.map(run(file, ["--version"], user), ({ code }) => code === 0) }
  })

  it.live.skipIf(!ServerUser.isRoot)("the copy runs whatever the umask was when it was made", () =>
    Effect.gen(function* () {
      const { find, works } = yield* copied
      const before = process.umask(0o077)
      const { initdb } = yield* Effect.ensuring(
        find,
        Effect.sync(() => process.umask(before)),
      )
      assert.isTrue(yield* works(initdb))
    }),
  )

  const damages: ReadonlyArray<readonly [string, (directory: string) => void]> = [
    ["closed to the server's user", (directory) => chmodSync(directory, 0o700)],
    ["without a library", (directory) => rmSync(join(directory, "lib"), { recursive: true })],
    ["without the files that initdb reads", (directory) => rmSync(join(directory, "share"), { recursive: true })],
    ["with a file cut short", (directory) => truncateSync(join(directory, "bin", "postgres"), 1000)],
    ["with a file that only root reads", (directory) => chmodSync(join(directory, "bin", "initdb"), 0o700)],
  ]
  for (const [what, damage] of damages) {
    it.live.skipIf(!ServerUser.isRoot)(`a leftover copy ${what} is replaced`, () =>
      Effect.gen(function* () {
        const { find, works, shared } = yield* copied
        const first = yield* find
        damage(first.directory)
        const again = yield* find
        assert.strictEqual(again.directory, first.directory)
        assert.isTrue(existsSync(join(again.directory, "share")))
        assert.isTrue((yield* works(again.postgres)) && (yield* works(again.initdb)))
        assert.strictEqual(readdirSync(shared).length, 1)
      }),
    )
  }

  it.live("a file that may not be run is told from a library that is missing", () =>
    Effect.gen(function* () {
      const native = yield* install(yield* temporary)
      chmodSync(join(native, "bin", "postgres"), 0o644)
      const { message } = yield* Effect.flip(Binaries.find(undefined, "/nonexistent", Effect.succeed(native)))
      assert.match(message, /bin\/postgres does not run here: this user may not run it: .*noexec/)
      assert.notInclude(message, "glibc")
      unlinkSync(join(native, "bin", "postgres"))
      const gone = yield* Effect.flip(Binaries.find(undefined, "/nonexistent", Effect.succeed(native)))
      assert.match(gone.message, /it is missing: run "npm ci" again/)
    }),
  )

  for (const name of ["a$HOME", "back`tick", 'quo"te'])
    it.live(`binaries in a folder named ${name}, which initdb's shell would read, are copied`, () =>
      Effect.gen(function* () {
        const parent = yield* temporary
        const native = yield* install(parent, name)
        const shared = join(parent, "shared")
        const found = yield* Binaries.find(yield* ServerUser.find, shared, Effect.succeed(native))
        assert.strictEqual(dirname(found.directory), shared)
      }),
    )
})
