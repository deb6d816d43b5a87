import { assert, describe, it } from "@effect/vitest"
import { CLIENT_ID, CLIENT_SECRET } from "@signalflow/simulator/platforms/reddit/Reddit"
import * as Simulator from "@signalflow/simulator/Simulator"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Fresh from "../../platform/test/TestPostgres.ts"
import { type Ended, runCommand } from "./Command.ts"
import { environment, ofDatabase } from "./Environment.ts"
import { directory } from "./RunningProgram.ts"

/** Runs a command to its end. */
const running =
  (env: NodeJS.ProcessEnv) =>
  (args: ReadonlyArray<string>, more: NodeJS.ProcessEnv = {}): Effect.Effect<Ended> =>
    Effect.promise(() => runCommand(args, { ...env, ...more }))

/** The environment of commands on a database of the test's own. */
const surroundings = (url: string) =>
  Effect.gen(function* () {
    return { ...environment(join(yield* directory, "data"), url, 0), ...(yield* ofDatabase) }
  })

const linesOf = ({ out }: Ended) => out.split("\n").filter((line) => line !== "")

interface Envelope {
  readonly entity_type: string
  readonly payload: { readonly id: string; readonly parent_id?: string; readonly link_id?: string }
}

const envelopes = (ended: Ended) => linesOf(ended).map((line) => JSON.parse(line) as Envelope)
const idsOf = (of: ReadonlyArray<Envelope>, type: string) =>
  of.flatMap(({ entity_type, payload }) => (entity_type === `reddit_${type}` ? [payload.id] : [])).sort()

describe("discover, tail and the filters of a target, as commands", () => {
  it.live(
    "finds posts and comments once, publishes them, and tail reads and checks them; what is wrong with a message is told by its field",
    () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make({ seed: 4, historyHours: 12 })
        const settings = {
          ...(yield* surroundings(simulator.url)),
          REDDIT_API_URL: simulator.url,
          REDDIT_AUTH_URL: simulator.url,
          REDDIT_CLIENT_ID: CLIENT_ID,
          REDDIT_CLIENT_SECRET: CLIENT_SECRET,
        }
        const run = running(settings)
        const look = ["discover", "reddit", "--once", "--subreddits", "2", "--posts", "3", "--comments", "3", "--json"]

        const none = yield* run(look, { REDDIT_CLIENT_ID: "" })
        assert.strictEqual(none.code, 1)
        assert.match(none.err, /set REDDIT_CLIENT_ID and REDDIT_CLIENT_SECRET/)
        const wrong = yield* run(["discover", "reddit", "--once", "--posts", "1000"])
        assert.deepStrictEqual([wrong.code, wrong.err], [2, "signalflow: --posts is 1000: a whole number from 1 to 100\n"])

        const first = yield* run(look)
        assert.strictEqual(first.code, 0, first.err)
        const found = envelopes(first)
        const posts = idsOf(found, "submission")
        assert.strictEqual(posts.length, 6)
        assert.isAbove(idsOf(found, "comment").length, 0)
        for (const { entity_type, payload } of found) if (entity_type === "reddit_comment") assert.include(posts, payload.link_id!.slice(3))

        const second = envelopes(yield* run(look))
        for (const id of idsOf(second, "submission")) assert.notInclude(posts, id)

        const all = [...posts, ...idsOf(second, "submission")].sort()
        const tail = ["tail", "--since", "1 hour", "--json"]
        const read = yield* run([...tail, "--topic", "reddit.submissions", "--limit", String(all.length)])
        assert.strictEqual(read.code, 0, read.err)
        assert.deepStrictEqual(idsOf(envelopes(read), "submission"), all)
        const shown = yield* run(["tail", "--since", "1 hour", "--topic", "reddit.comments", "--limit", "1"])
        assert.match(linesOf(shown)[0]!, /^\d\d:\d\d:\d\d {2}r\/\w+ .*on t[13]_/)
        // The same messages are no signals: each says so, by its field.
        const mistaken = yield* run([...tail, "--topic", "reddit.comments", "--limit", "1"], {
          TOPIC_REDDIT_SUBMISSIONS: "reddit.comments",
          TOPIC_REDDIT_COMMENTS: "other",
        })
        assert.strictEqual(mistaken.code, 1)
        assert.deepStrictEqual(linesOf(mistaken), [])
        assert.match(mistaken.err, /"path":"entity_type"/)
        assert.match(mistaken.err, /1 of 1 messages of reddit.comments are not valid/)

        const unknown = yield* run(["tail", "--topic", "nothing"])
        assert.strictEqual(unknown.code, 2)
        assert.match(unknown.err, /one of bluesky\.posts\.raw, .*reddit\.submissions, .*signals\.normalised/)
      }).pipe(Effect.scoped, Effect.provide(Fresh.layer)),
    300_000,
  )

  it.live(
    "a target's filter and shard are set, shown, changed and refused",
    () =>
      Effect.gen(function* () {
        const run = running(yield* surroundings("http://127.0.0.1:9"))
        const added = yield* run(["source", "add", "reddit", "news", "--include", "AI, new york", "--sample", "0.5", "--shard", "3"])
        assert.deepStrictEqual([added.code, added.err], [0, ""])
        yield* run(["source", "set", "reddit", "news", "--exclude", "crypto", "--sample", "1", "--shard", "0"])
        const listed = yield* run(["source", "list"])
        assert.match(listed.out, /^reddit +news +medium {2}include "AI", "new york"; exclude "crypto"$/m)
        const json = JSON.parse((yield* run(["source", "list", "--json"])).out) as ReadonlyArray<{ options: object; shard: number }>
        assert.deepInclude(json[0], { options: { include: ["AI", "new york"], exclude: ["crypto"] }, shard: 0 })
        const refused = yield* run(["source", "set", "reddit", "news", "--sample", "2"])
        assert.deepStrictEqual(
          [refused.code, refused.err],
          [2, "signalflow: This target cannot be used: sample is 2: a number from 0 to 1\n"],
        )
      }).pipe(Effect.scoped, Effect.provide(Fresh.layer)),
    120_000,
  )

  it.live(
    "every command of the two pages of the manual does what it says",
    () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make({ seed: 6, historyHours: 12 })
        const run = running({
          ...(yield* surroundings(simulator.url)),
          REDDIT_API_URL: simulator.url,
          REDDIT_AUTH_URL: simulator.url,
          REDDIT_CLIENT_ID: CLIENT_ID,
          REDDIT_CLIENT_SECRET: CLIENT_SECRET,
          REDDIT_COMMENT_LIMIT: "2",
        })
        const commands = ["discovery.md", "sources.md"].flatMap((page) => [
          ...readFileSync(new URL(`../../../docs/${page}`, import.meta.url), "utf8").matchAll(/^ {4}npx signalflow (.+)$/gm),
        ])
        assert.isAtLeast(commands.length, 14)
        for (const [, line] of commands) {
          const words = [...line!.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, one, two, three]) => one ?? two ?? three!)
          const ended = yield* run(words)
          assert.strictEqual(ended.code, 0, `${line}: ${ended.err}`)
        }
        const left = linesOf(yield* run(["source", "list"]))
        assert.match(left.join("\n"), /^reddit +rising +slow {2}include "ai", "open source"; exclude "crypto"$/)
      }).pipe(Effect.scoped, Effect.provide(Fresh.layer)),
    300_000,
  )
})
