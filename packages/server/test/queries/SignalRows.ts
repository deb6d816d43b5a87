import { text } from "@signalflow/platform/postgres/Sql"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

export interface Row {
  readonly id: string
  readonly platform?: string
  readonly kind?: string
  readonly community?: string | null
  readonly author?: string | null
  readonly language?: string | null
  /** Unix milliseconds. */
  readonly at: number
  readonly sentiment?: "positive" | "neutral" | "negative" | null
  readonly topics?: ReadonlyArray<string>
  readonly heat?: number
  readonly hidden?: boolean
  readonly views?: number | null
}

/** Rows of `signals`, as processing would have written them. */
export const insertSignals = (rows: ReadonlyArray<Row>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const json = rows.map((row) => ({
      kind: "post",
      permalink: `https://example.org/${row.id}`,
      title: `Title of ${row.id}`,
      body: "",
      platform: row.id.split(":")[0],
      published_at: new Date(row.at).toISOString(),
      observed_at: new Date(row.at).toISOString(),
      received_at: new Date(row.at).toISOString(),
      counted_at: new Date(row.at).toISOString(),
      meta: {},
      keywords: [],
      entities: [],
      text_hash: "",
      model: 0,
      trending_score: 0,
      is_trending: false,
      ...row,
      topics: row.topics ?? [],
      heat: row.heat ?? 0,
      hidden: row.hidden ?? false,
      sentiment_label: row.sentiment ?? null,
      sentiment_compound: row.sentiment == null ? null : row.sentiment === "neutral" ? 0 : row.sentiment === "positive" ? 0.5 : -0.5,
    }))
    for (let start = 0; start < json.length; start += 1_000) {
      const slice = json.slice(start, start + 1_000).map((row) => JSON.stringify(row))
      yield* sql`INSERT INTO signals SELECT (jsonb_populate_record(null::signals, row::jsonb)).* FROM unnest(${text(slice)}::text[]) AS row`
    }
  })
