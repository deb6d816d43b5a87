import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import * as EmbeddedPostgres from "../../../src/postgres/EmbeddedPostgres.ts"
import * as Postmaster from "../../../src/postgres/embedded/Postmaster.ts"
import { hold, stop, temporary } from "./programs.ts"

const root = process.getuid?.() === 0

/** An account that every Linux machine has. */
const nobody = { uid: 65534, gid: 65534 }

const make = (directory: string, shared: string) => EmbeddedPostgres.make({ directory, shared, database: "signalflow" })

const home = (parent: string) => {
  const path = join(parent, "home")
  mkdirSync(join(path, "project"), { recursive: true })
  chmodSync(path, 0o700)
  return path
}

describe("Place", { timeout: 120_000 }, () => {
  it.live.skipIf(!root)("an ordinary user's server runs as that user, beside the project, even in a home of mode 700", () =>
    Effect.gen(function* () {
      const path = home(yield* temporary)
      for (const each of [path, join(path, "project")]) chownSync(each, nobody.uid, nobody.gid)
      const directory = join(path, "project", ".signalflow")
      const program = yield* hold([directory], { ...nobody, cwd: join(path, "project") })
      assert.strictEqual(program.answer.error, undefined)
      assert.strictEqual(program.answer.data, join(directory, "postgres", "data"))
      assert.strictEqual(statSync(program.answer.data).uid, nobody.uid)
      assert.strictEqual(statSync(`/proc/${program.answer.pid}`).uid, nobody.uid)
      assert.strictEqual(yield* stop(program), 0)
      assert.isUndefined(Postmaster.running(program.answer.data))
    }),
  )

  it.live.skipIf(!root)(
    "root's server runs as another user, and finds data and log of a clone under a home of mode 700 in a reachable place",
    () =>
      Effect.gen(function* () {
        const parent = yield* temporary
        const directory = join(home(parent), "project", ".signalflow")
        const shared = join(parent, "shared")
        const first = yield* Effect.scoped(
          Effect.tap(make(directory, shared), ({ pid }) => Effect.sync(() => assert.notStrictEqual(statSync(`/proc/${pid}`).uid, 0))),
        )
        assert.isTrue(first.data.startsWith(shared))
        assert.strictEqual(first.log, join(directory, "postgres.log"))
        const record = JSON.parse(readFileSync(join(directory, "postgres.json"), "utf8")) as Record<string, unknown>
        assert.strictEqual(record.data, first.data)
        chmodSync(join(parent, "home"), 0o755)
        const second = yield* Effect.scoped(make(directory, shared))
        assert.strictEqual(second.data, first.data, "a directory that became reachable does not get a second, empty database")
      }),
  )

  it.live("a project that is moved keeps its database, wherever that is", () =>
    Effect.gen(function* () {
      const parent = yield* temporary
      const path = home(parent)
      const shared = join(parent, "shared")
      const first = yield* Effect.scoped(make(join(path, "project", ".signalflow"), shared))
      renameSync(join(path, "project"), join(path, "moved"))
      const second = yield* Effect.scoped(make(join(path, "moved", ".signalflow"), shared))
      assert.isTrue(existsSync(join(second.data, "PG_VERSION")))
      assert.strictEqual(statSync(second.data).ino, statSync(first.data.replace(join(path, "project"), join(path, "moved"))).ino)
    }),
  )

  it.live.skipIf(!root)("a copy of a project whose database lies elsewhere is refused it", () =>
    Effect.gen(function* () {
      const parent = yield* temporary
      const path = home(parent)
      const shared = join(parent, "shared")
      const first = yield* Effect.scoped(make(join(path, "project", ".signalflow"), shared))
      cpSync(join(path, "project"), join(path, "copy"), { recursive: true })
      const { message } = yield* Effect.flip(Effect.scoped(make(join(path, "copy", ".signalflow"), shared)))
      assert.include(message, `names the same database, ${join(first.data, "..")}`)
      assert.include(message, "delete the copy")
    }),
  )

  it.live.skipIf(!root)("a project deleted and made again starts with an empty database", () =>
    Effect.gen(function* () {
      const parent = yield* temporary
      const directory = join(home(parent), "project", ".signalflow")
      const shared = join(parent, "shared")
      const first = yield* Effect.scoped(make(directory, shared))
      rmSync(directory, { recursive: true })
      const second = yield* Effect.scoped(make(directory, shared))
      assert.notStrictEqual(second.data, first.data)
      assert.isTrue(existsSync(first.data))
    }),
  )

  it.live.skipIf(!root)("a directory that may not be written is named", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporary, "project", ".signalflow")
      const { answer } = yield* hold([directory], nobody)
      assert.include(answer.error, `Cannot make ${directory}`)
      assert.include(answer.error, "run as the user that owns the directory")
    }),
  )

  it.live.skipIf(!root)("a database that another user made is not touched", () =>
    Effect.gen(function* () {
      const parent = yield* temporary
      const directory = join(parent, ".signalflow")
      yield* Effect.scoped(make(directory, join(parent, "shared")))
      chmodSync(directory, 0o777)
      chmodSync(join(directory, "postgres"), 0o755)
      const { answer } = yield* hold([directory], nobody)
      assert.match(answer.error ?? "", /belongs to another user/)
    }),
  )
})
