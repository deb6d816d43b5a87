import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import { EnrichedSignal } from "@signalflow/domain/signals/EnrichedSignal"
import { Effect } from "effect"
import {
  columns,
  columnsOf,
  KNOWN_COLUMNS,
  rowToKnown,
  rowToShown,
  rowToStored,
  upsertSignals,
  viewColumns,
} from "../../src/postgres/SignalTable.ts"
import * as TestPostgres from "../TestPostgres.ts"

/** Statements whose shape was measured (docs/internals/performance.md): a change of one is a change on purpose. */
const UPSERT = `insert into signals (id, platform, kind, parent_id, community, author, title, body, url, permalink, language, score, comments,
  upvote_ratio, reposts, views, published_at, observed_at, received_at, counted_at, flair, meta, sentiment_compound, sentiment_label,
  keywords, entities, topics, fingerprint, text_hash, model, score_velocity, comment_velocity, trending_score, is_trending, heat, hidden)
  select u.id, u.platform, u.kind, u.parent_id, u.community, u.author, u.title, u.body, u.url, u.permalink, u.language, u.score,
  u.comments, u.upvote_ratio, u.reposts, u.views, u.published_at, u.observed_at, u.received_at, u.counted_at, u.flair, u.meta::jsonb,
  u.compound, u.label, u.keywords::text[], u.entities::text[], u.topics::text[], u.fingerprint, u.text_hash, u.model, u.score_velocity,
  u.comment_velocity, u.trending_score, u.is_trending, u.heat, u.hidden from unnest($1::text[], $2::text[], $3::text[], $4::text[],
  $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::int[], $13::int[], $14::float8[],
  $15::int[], $16::bigint[], $17::timestamptz[], $18::timestamptz[], $19::timestamptz[], $20::timestamptz[], $21::text[], $22::text[],
  $23::float8[], $24::text[], $25::text[], $26::text[], $27::text[], $28::text[], $29::text[], $30::int[], $31::float8[], $32::float8[],
  $33::float8[], $34::bool[], $35::float8[], $36::bool[]) as u (id, platform, kind, parent_id, community, author, title, body, url,
  permalink, language, score, comments, upvote_ratio, reposts, views, published_at, observed_at, received_at, counted_at, flair, meta,
  compound, label, keywords, entities, topics, fingerprint, text_hash, model, score_velocity, comment_velocity, trending_score,
  is_trending, heat, hidden) on conflict (id) do update set kind = excluded.kind, parent_id = excluded.parent_id, community =
  excluded.community, author = excluded.author, title = excluded.title, body = excluded.body, url = excluded.url, permalink =
  excluded.permalink, language = excluded.language, score = excluded.score, comments = excluded.comments, upvote_ratio =
  excluded.upvote_ratio, reposts = excluded.reposts, views = excluded.views, observed_at = excluded.observed_at, flair = excluded.flair,
  meta = excluded.meta, sentiment_compound = excluded.sentiment_compound, sentiment_label = excluded.sentiment_label, keywords =
  excluded.keywords, entities = excluded.entities, topics = excluded.topics, fingerprint = excluded.fingerprint, text_hash =
  excluded.text_hash, model = excluded.model, score_velocity = excluded.score_velocity, comment_velocity = excluded.comment_velocity,
  trending_score = excluded.trending_score, is_trending = excluded.is_trending, heat = excluded.heat, hidden = excluded.hidden where
  signals.observed_at <= excluded.observed_at`
const KNOWN = `id, platform, author, language, score, comments, published_at, observed_at, received_at, counted_at, sentiment_compound,
  sentiment_label, keywords, entities, topics, fingerprint, text_hash, model, score_velocity, comment_velocity, trending_score,
  is_trending, heat, hidden`
const CONTENT = "kind, parent_id, community, title, body, url, permalink, upvote_ratio, reposts, views, flair, meta"
const VIEW = `id, platform, kind, parent_id, community, author, title, body, url, permalink, language, score, comments, views, published_at,
  observed_at, sentiment_compound, sentiment_label, topics, score_velocity, comment_velocity, trending_score, is_trending, heat`

const plain = (text: string) => text.replace(/\s+/g, " ").trim()

describe("the table of signals", () => {
  it.live("gives the statements that were measured", () =>
    Effect.gen(function* () {
      const [text, parameters] = upsertSignals(yield* PgClient.PgClient)([]).compile()
      assert.strictEqual(plain(text), plain(UPSERT))
      assert.strictEqual(parameters.length, columns.length)
      assert.strictEqual(KNOWN_COLUMNS, plain(KNOWN))
      assert.strictEqual(columnsOf(), `${plain(KNOWN)}, ${CONTENT}`)
      assert.strictEqual(columnsOf("s."), plain(`${KNOWN}, ${CONTENT}`).replace(/\w+/g, "s.$&"))
      assert.strictEqual(viewColumns(), plain(VIEW))
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("has all columns of the database, and no other", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const rows = yield* sql<{ name: string }>`select column_name as name from information_schema.columns where table_name = 'signals'`
      assert.deepStrictEqual(columns.map(({ name }) => name).sort(), rows.map(({ name }) => name).sort())
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it("reads every field of a signal from one column", () => {
    const fields = columns.flatMap(({ field }) => field ?? [])
    assert.deepStrictEqual([...fields].sort(), Object.keys(EnrichedSignal.fields).sort())
  })

  it.live("reads what it wrote, whole and in part", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const full = {
        signal: EnrichedSignal.make({
          id: "bluesky:did:plc:a/1" as never,
          platform: "bluesky" as never,
          kind: "post",
          parentId: "bluesky:did:plc:b/2" as never,
          community: 'a "community"',
          author: "did:plc:a",
          title: "A title",
          body: "A 'body' {with} \\ signs",
          url: "https://example.org/a",
          permalink: "https://example.org/b",
          language: "en",
          score: 3,
          comments: 0,
          upvoteRatio: 0.5,
          reposts: 7,
          views: 3_000_000_000,
          publishedAt: 1_000,
          observedAt: 2_000,
          flair: "flair",
          meta: { schemaVersion: 1, producer: "p", runId: "r", mode: "new" },
          sentiment: { compound: 0.25, label: "positive" },
          keywords: ["a b", 'q"uote'],
          entities: ["E"],
          topics: ["t", "back\\slash"],
          fingerprint: "f",
          textHash: "h",
          model: 4,
          velocity: { score: 0.5, comments: -1 },
          trending: { score: 0.75, isTrending: true },
          heat: 0.125,
        }),
        receivedAt: 3_000,
        countedAt: 1_000,
        hidden: true,
      }
      const empty = {
        ...full,
        signal: {
          ...full.signal,
          id: "bluesky:empty" as never,
          parentId: null,
          community: null,
          author: null,
          url: null,
          language: null,
          score: null,
          comments: null,
          upvoteRatio: null,
          reposts: null,
          views: null,
          flair: null,
          sentiment: null,
          keywords: [],
          entities: [],
          topics: [],
          fingerprint: null,
          velocity: null,
        },
      }
      yield* upsertSignals(sql)([full, empty])
      const read = (list: string) => sql`select ${sql.literal(list)} from signals order by id collate "C"`
      assert.deepStrictEqual((yield* read(columnsOf())).map(rowToStored), [full, empty])
      for (const [n, row] of (yield* read(KNOWN_COLUMNS)).map(rowToKnown).entries()) {
        const whole = [full, empty][n]!
        assert.deepInclude(whole.signal, row.signal)
        assert.deepInclude(whole, { receivedAt: row.receivedAt, countedAt: row.countedAt, hidden: row.hidden })
      }
      for (const [n, row] of (yield* read(viewColumns())).map(rowToShown).entries()) assert.deepInclude([full, empty][n]!.signal, row)
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it("shows no permalink that is not a web address", () => {
    const row = { permalink: "javascript:alert(1)", published_at: new Date(0), observed_at: new Date(0), views: null }
    assert.strictEqual(rowToShown(row).permalink, "")
  })
})
