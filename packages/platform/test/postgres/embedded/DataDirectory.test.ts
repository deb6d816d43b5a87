import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { dirname, join } from "node:path"
import * as EmbeddedPostgres from "../../../src/postgres/embedded/EmbeddedPostgres.ts"
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

  const odd: ReadonlyArray<readonly [string, (path: string) => void, RegExp]> = [
    ["a file, where a directory should be", (path) => writeFileSync(path, ""), /not a directory|not a directory has that name/],
    ["below a file", (path) => writeFileSync(dirname(path), ""), /a part of the path is not a directory/],
    ["a symbolic link to nowhere", (path) => symlinkSync("/nonexistent/place", path), /leads nowhere|not a directory has that name/],
    ["a symbolic link to itself", (path) => symlinkSync(path, path), /lead in a circle|not a directory has that name/],
  ]
  for (const [what, make_, expected] of odd)
    it.live(`a directory that is ${what} is named in one line, with what to do`, () =>
      Effect.gen(function* () {
        const path = join(yield* temporary, "project", ".signalflow")
        if (what !== "below a file") mkdirSync(dirname(path))
        make_(path)
        const { message } = yield* Effect.flip(Effect.scoped(make(path, "/nonexistent")))
        assert.match(message, /^Cannot (make|use) /)
        assert.include(message, `${path} (DATA_DIR)`)
        assert.match(message, expected)
        assert.notMatch(message, /\n|cause below/)
      }),
    )

  it.live.skipIf(!existsSync("/proc/self"))("a file system that takes no directories refuses at once, though Node would try for ever", () =>
    Effect.gen(function* () {
      const path = "/proc/signalflow/data"
      assert.match(
        (yield* Effect.flip(Effect.scoped(make(path, "/nonexistent")))).message,
        /Cannot make \/proc\/signalflow\/data \(DATA_DIR\): ENOENT/,
      )
    }),
  )

  it.live("a name that is too long is named with what to do", () =>
    Effect.gen(function* () {
      const path = join(yield* temporary, "x".repeat(300))
      assert.match((yield* Effect.flip(Effect.scoped(make(path, "/nonexistent")))).message, /DATA_DIR\): .*the path is too long/)
    }),
  )

  it.live.skipIf(!root)("a directory that only its owner may write is refused before anything is opened in it", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporary, ".signalflow")
      mkdirSync(directory, { mode: 0o755 })
      const { answer } = yield* hold([directory], nobody)
      assert.match(answer.error ?? "", /Cannot use .*\.signalflow \(DATA_DIR\): EACCES.*this user may not/)
    }),
  )

  it.live.skipIf(!root)("a directory to be made below one that may not be written is refused for that one's sake", () =>
    Effect.gen(function* () {
      const parent = yield* temporary
      const { answer } = yield* hold([join(parent, "x", "y")], nobody)
      assert.match(answer.error ?? "", /Cannot make .*x\/y \(DATA_DIR\): EACCES.*this user may not/)
    }),
  )

  it.live.skipIf(!root)("root's directories are open to the server's user whatever the umask is", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporary, "a", "b", ".signalflow")
      const before = process.umask(0o077)
      const server = yield* Effect.ensuring(
        Effect.scoped(make(directory, "/nonexistent")),
        Effect.sync(() => process.umask(before)),
      )
      assert.strictEqual(server.data, join(directory, "postgres", "data"))
    }),
  )

  for (const name of ["a, b", 'quo"te', "it's (x) [y]", "50% a%20b", "C# why?", "$HOME `x`", "back\\slash", "ünï 日本"])
    it.live(`the server runs below a folder named ${name}`, () =>
      Effect.gen(function* () {
        const directory = join(yield* temporary, name, ".signalflow")
        const server = yield* Effect.scoped(make(directory, "/nonexistent"))
        assert.strictEqual(server.host, join(directory, "postgres", "run"))
      }),
    )

  it.live("a long path beside a long TMPDIR gets its socket in another short directory", () =>
    Effect.gen(function* () {
      const parent = yield* temporary
      const long = join(parent, "x".repeat(90))
      mkdirSync(long)
      chmodSync(long, 0o755)
      const { answer, ...program } = yield* hold([join(long, ".signalflow")], { env: { ...process.env, TMPDIR: long } })
      assert.strictEqual(answer.error, undefined)
      assert.isBelow(Buffer.byteLength(answer.host), 89)
      assert.strictEqual(yield* stop({ answer, ...program }), 0)
    }),
  )
})
