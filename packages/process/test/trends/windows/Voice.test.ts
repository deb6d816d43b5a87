import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import { BUCKET } from "@signalflow/domain/Time"
import { Effect } from "effect"
import * as TestPostgres from "../../../../platform/test/TestPostgres.ts"
import { presentVolumes, voices } from "../../../src/trends/ranking/TrendStore.ts"
import { recompute } from "../../../src/trends/windows/Windows.ts"
import { mark, type SignalRow, write } from "../SignalRows.ts"

const start = Date.UTC(2026, 10, 20, 23)

const said = (author: string | null, community: string | null, i: number): SignalRow => ({
  id: `feed:${i}`,
  platform: "feed",
  author,
  community,
  text: `what is said in item number ${i}`,
  topics: ["zorblax"],
  countedAt: start + i * 1_000,
  sentiment: null,
  hidden: false,
  heat: 0,
  score: null,
})

/** Distinct authors as the windows, the present volumes and the judged voices count them. */
const counted = (rows: ReadonlyArray<readonly [author: string | null, community: string | null]>) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    yield* sql`truncate signals, touched_windows, topic_timeseries, platform_timeseries`
    yield* write(rows.map(([author, community], i) => said(author, community, i)))
    yield* mark([{ platform: "feed", at: start }])
    yield* recompute({ limit: 10, horizon: 0 })
    const [window] = yield* sql<{ authors: number; signals: number }>`select authors, signals from topic_timeseries`
    const [volume] = yield* sql<{ authors: number }>`select authors from platform_timeseries`
    const marks = [{ platform: "feed", until: start + BUCKET }]
    const [present] = yield* presentVolumes(sql, marks)
    const [topic] = yield* voices(sql, marks, ["zorblax"])
    assert.strictEqual(window!.signals, rows.length)
    const all = [window!.authors, volume!.authors, present!.people, new Set(topic!.voices).size]
    assert.strictEqual(new Set(all).size, 1, `counted differently: ${all.join(", ")}`)
    return all[0]
  })

describe("distinct authors", () => {
  it.live("are the outlets of signals that name none, whatever stands in the place of a name", () =>
    Effect.gen(function* () {
      const nobody = [
        null,
        "",
        "  ",
        "\t\u00a0\u200b",
        "null",
        "NULL",
        "Unknown",
        "ｕｎｋｎｏｗｎ",
        "admin",
        "[deleted]",
        "N/A",
        "\u3000none ",
      ]
      assert.strictEqual(yield* counted(nobody.map((author) => [author, "One outlet"] as const)), 1)
      assert.strictEqual(yield* counted(nobody.map((author) => [author, null] as const)), 1)
      assert.strictEqual(yield* counted(nobody.map((author, i) => [author, i % 2 === 0 ? "One outlet" : "Another outlet"] as const)), 2)
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("are those whom a feed names, not a role, in any language, however it is written", () =>
    Effect.gen(function* () {
      const roles = [
        "[Deleted]",
        "(deleted)",
        "—",
        "???",
        "…",
        "()",
        "N.A.",
        "Not available",
        "No author",
        "Ad\u200bmin",
        "ad\u00admin",
        "@admin",
        "Admin.",
        "“Admin”",
        "Site  Admin",
        "admin@outlet.example",
        "noreply@outlet.example (Admin)",
        "By Staff",
        "News Desk",
        "Web Desk",
        "Editorial Team",
        "Staff Writer",
        "root",
        "WordPress",
        "Администратор",
        "РЕДАКЦИЯ",
        "Аноним",
        "Редакція",
        "Redaktion",
        "La Rédaction",
        "RÉDACTION",
        "Redacción",
        "Redação",
        "Redazione",
        "Inconnu",
        "Unbekannt",
        "匿名",
        "管理员",
        "編集部",
        "편집부",
        "관리자",
        "غير معروف",
        "ناشناس",
        "מערכת",
        "अज्ञात",
        "Άγνωστος",
      ]
      assert.strictEqual(yield* counted(roles.map((author) => [author, "One outlet"] as const)), 1)
      const names = [
        "Root Beer",
        "Ed Admin",
        "王管理",
        "Ада Редактова",
        "ada@outlet.example",
        "🦊",
        "_",
        "a.b",
        "Ann",
        "Mr. Unknown Pleasures",
      ]
      assert.strictEqual(yield* counted(names.map((author) => [author, "One outlet"] as const)), names.length)
      assert.strictEqual(
        yield* counted([
          ["@Ada", "A"],
          ["ada", "A"],
          ["A\u200bda", "A"],
          ["Ада", "A"],
          ["АДА", "A"],
        ]),
        2,
      )
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("are told by their names, in whatever case and form these are written", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* counted([
          ["Ada", "A"],
          ["ADA", "A"],
          [" ada ", "B"],
          ["ada\u200b", null],
        ]),
        1,
      )
      assert.strictEqual(
        yield* counted([
          ["Zoë", "A"],
          ["ZOË", "A"],
          ["Zoe\u0308", "A"],
        ]),
        1,
      )
      assert.strictEqual(
        yield* counted([
          ["Ada", "A"],
          ["Bea", "A"],
          [null, "A"],
          ["nullable", "A"],
          ["administrators", "A"],
        ]),
        5,
      )
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("count an outlet once that signs some of its items with its own name", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* counted([
          [null, "One outlet"],
          ["One Outlet", "One outlet"],
        ]),
        1,
      )
    }).pipe(Effect.provide(TestPostgres.layer)),
  )
})
