import { assert, describe, it } from "@effect/vitest"
import * as PgClient from "@effect/sql-pg/PgClient"
import { Context, Effect, Layer, Schedule } from "effect"
import * as TestPostgres from "../../../platform/test/TestPostgres.ts"
import * as AuthorNames from "../../src/stores/AuthorNames.ts"
import { parseFrame } from "../../src/sources/bluesky/Frame.ts"
import { NOW } from "../Fixtures.ts"

const did = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"

describe("an identity event", () => {
  const v1 = (identity: unknown) => parseFrame(JSON.stringify({ did, time_us: NOW * 1_000, kind: "identity", identity }))
  const v2 = (identity: unknown) =>
    parseFrame(
      JSON.stringify({
        $type: "message",
        payload: { $type: "network.bsky.jetstream.subscribeEvents#identity", did, seq: 5, time: new Date(NOW).toISOString(), identity },
      }),
    )

  it("names its author, in both versions of the stream", () => {
    for (const read of [v1, v2]) {
      assert.deepInclude(read({ did, seq: 1, time: "x", handle: "Alice.bsky.social" }), {
        _tag: "Identity",
        did,
        handle: "alice.bsky.social",
      })
      for (const identity of [
        null,
        {},
        "x",
        { handle: null },
        { handle: 5 },
        { handle: "handle.invalid" },
        { handle: "no dots" },
        { handle: "<b>.example.com" },
      ])
        assert.deepInclude(read(identity), { _tag: "Identity", did, handle: null }, JSON.stringify(identity))
    }
  })
})

describe("names of authors", () => {
  it("wait in bounded number, the newest of each author", () => {
    const waiting = new AuthorNames.WaitingNames()
    for (let i = 0; i < 25_000; i++) waiting.add("bluesky", { author: `did:${i}`, name: `n${i}.example`, at: i })
    assert.strictEqual(waiting.all.length, 20_000)
    waiting.add("bluesky", { author: "did:24999", name: "older.example", at: 1 })
    assert.strictEqual(waiting.all.at(-1)!.name, "n24999.example")
  })

  it.live(
    "are stored once their author has a signal, follow changes, and end with the account",
    () =>
      Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        const names = Context.get(yield* Layer.build(AuthorNames.layer), AuthorNames.AuthorNames)
        // Only whose a signal is matters here.
        yield* sql`do $$ declare c text; begin for c in select column_name from information_schema.columns where table_name = 'signals' and is_nullable = 'NO'
          and column_name <> 'id' loop execute format('alter table signals alter column %I drop not null', c); end loop; end $$`
        const insert = (author: string) =>
          sql`insert into signals (id, platform, kind, author, title, body, permalink, published_at, observed_at, received_at, counted_at)
            values (${`bluesky:${author}/1`}, 'bluesky', 'post', ${author}, '', 'x', 'https://example.com', now(), now(), now(), now())`
        const stored = Effect.map(sql<{ author: string; name: string }>`select author, name from author_names order by author`, (rows) =>
          rows.map(({ author, name }) => `${author} ${name}`),
        )
        const until = (wanted: ReadonlyArray<string>) =>
          stored.pipe(
            Effect.filterOrFail((rows) => rows.join() === wanted.join()),
            Effect.retry(Schedule.spaced("100 millis")),
            Effect.timeout("30 seconds"),
          )
        yield* insert("did:a")
        yield* names.learn("bluesky", [
          { author: "did:a", name: "a.example", at: NOW },
          { author: "did:b", name: "b.example", at: NOW },
        ])
        yield* until(["did:a a.example"])
        yield* insert("did:b")
        yield* names.learn("bluesky", [
          { author: "did:a", name: "other.example", at: NOW + 1_000 },
          { author: "did:a", name: "older.example", at: NOW - 1_000 },
        ])
        yield* until(["did:a other.example", "did:b b.example"])
        yield* names.learn("bluesky", [{ author: "did:a", name: null, at: NOW + 2_000 }])
        yield* until(["did:b b.example"])
      }).pipe(Effect.scoped, Effect.provide(TestPostgres.layer)),
    90_000,
  )
})
