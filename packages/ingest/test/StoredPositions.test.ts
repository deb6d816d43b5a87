import { assert, it } from "@effect/vitest"
import * as PgClient from "@effect/sql-pg/PgClient"
import { migrate } from "@signalflow/platform/postgres/migrations/Migrations"
import { Effect, Schema } from "effect"
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as TestPostgres from "../../platform/test/TestPostgres.ts"
import { Engagement } from "../src/sources/bluesky/Engagement.ts"
import { LivePosition } from "../src/sources/youtube/Live.ts"

const before = (version: number) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const directory = mkdtempSync(join(tmpdir(), "signalflow-sql-"))
      for (const name of readdirSync(TestPostgres.migrations))
        if (Number(/^V(\d+)__/.exec(name)?.[1]) < version) copyFileSync(join(TestPostgres.migrations, name), join(directory, name))
      return directory
    }),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true })),
  )

it.effect("a migration takes texts and names out of stored positions, and they are read on", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    yield* migrate(yield* before(9))
    const store = (platform: string, target: string, position: unknown) =>
      sql`insert into source_cursors (platform, target, position, updated_at) values (${platform}, ${target}, ${JSON.stringify(position)}::text::jsonb, now())`
    const signal = { id: "bluesky:did:plc:ada/a", author: "did:plc:ada", title: "", body: "A secret text", observedAt: 1_795_000_000_000 }
    const us = 1_795_000_000_000_000
    const post = { signal, likes: 3, reposts: 1, replies: 0, changedUs: us, toldUs: us, changed: true, hidden: false }
    yield* store("bluesky", "posts", { host: "wss://h", seq: 4, timeUs: us, engagement: { posts: [post], acts: [] } })
    yield* store("bluesky", "warm-start", { from: 1, to: 2, at: 3, kept: 4, exposure: {} })
    yield* store("youtube", "mostPopular:US", {
      uploads: null,
      at: 5,
      videos: [
        ["v1", 1, 2, "A secret channel"],
        ["v2", 3, 4, null],
      ],
    })
    yield* store("youtube", "mostPopular:US#comments", { videos: { v1: { until: 1, last: [], at: 2, count: 3 } } })
    yield* migrate(TestPostgres.migrations)
    const rows = yield* sql<{
      name: string
      position: Record<string, unknown>
    }>`select platform || '/' || target as name, position from source_cursors`
    const positions = Object.fromEntries(rows.map(({ name, position }) => [name, position]))
    assert.notInclude(JSON.stringify(positions), "secret")
    const engagement = Engagement.from(positions["bluesky/posts"]!["engagement"], "test")
    assert.strictEqual(engagement.size, 1)
    assert.deepInclude(engagement.due(us + 60_000_000, 10)[0] as object, { score: 3, reposts: 1 })
    const youtube = Schema.decodeUnknownSync(LivePosition)(positions["youtube/mostPopular:US"])
    assert.deepStrictEqual(youtube.videos, [
      ["v1", 1, 2],
      ["v2", 3, 4],
    ])
    assert.deepInclude(positions["youtube/mostPopular:US#comments"]!, { videos: { v1: { until: 1, last: [], at: 2, count: 3 } } })
    assert.deepInclude(positions["bluesky/warm-start"]!, { kept: 4 })
  }).pipe(Effect.scoped, Effect.provide(TestPostgres.layerEmpty)),
)
