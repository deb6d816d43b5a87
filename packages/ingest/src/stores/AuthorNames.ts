import { AUTHOR_REMOVALS } from "@signalflow/platform/postgres/AuthorRemovals"
import { transactionOn } from "@signalflow/platform/postgres/Postgres"
import * as Sql from "@signalflow/platform/postgres/Sql"
import { Context, Effect, Layer, Schedule } from "effect"
import * as SqlClient from "effect/sql/SqlClient"

/** What an author is called from `at` (unix milliseconds) on; null = by no name any more. */
export interface NamedAuthor {
  readonly author: string
  readonly name: string | null
  readonly at: number
}

export interface AuthorNamesShape {
  /** Notes names; they are stored once the author has a signal that is. */
  readonly learn: (platform: string, names: ReadonlyArray<NamedAuthor>) => Effect.Effect<void>
}

/** Names of authors, where a platform tells them apart from its signals. By default they are not kept. */
export const AuthorNames: Context.Reference<AuthorNamesShape> = Context.Reference<AuthorNamesShape>(
  "@signalflow/ingest/stores/AuthorNames",
  {
    defaultValue: () => ({ learn: () => Effect.void }),
  },
)

/** Names that wait for a signal of their author; those heard of longest ago are let go first. */
const MOST_WAITING = 20_000
const STORED_AT_ONCE = 2_000
const EVERY = "10 seconds"

interface Waiting extends NamedAuthor {
  readonly platform: string
}

/** Names that are not stored yet, the newest of each author. */
export class WaitingNames {
  readonly #names = new Map<string, Waiting>()

  add(platform: string, given: NamedAuthor): void {
    const key = `${platform}:${given.author}`
    const before = this.#names.get(key)
    if (before !== undefined && before.at > given.at) return
    this.#names.delete(key)
    this.#names.set(key, { platform, ...given })
    if (this.#names.size > MOST_WAITING) this.#names.delete(this.#names.keys().next().value!)
  }

  get all(): ReadonlyArray<Waiting> {
    return [...this.#names.values()]
  }

  /** Those are stored, unless something newer was heard meanwhile. */
  done(stored: ReadonlyArray<Waiting>): void {
    for (const name of stored) {
      const key = `${name.platform}:${name.author}`
      if (this.#names.get(key) === name) this.#names.delete(key)
    }
  }
}

const chunksOf = <A>(list: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(list.length / STORED_AT_ONCE) }, (_, i) => list.slice(i * STORED_AT_ONCE, (i + 1) * STORED_AT_ONCE))

/** In PostgreSQL. A name is written under the lock of removals and only beside a signal of its author: it cannot outlive a removal. */
export const layer = Layer.effect(
  AuthorNames,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const waiting = new WaitingNames()

    const store = Effect.fnUntraced(function* (chunk: ReadonlyArray<Waiting>) {
      const given = sql`unnest(${Sql.text(chunk.map(({ platform }) => platform))}::text[], ${Sql.text(chunk.map(({ author }) => author))}::text[],
        ${Sql.text(chunk.map(({ name }) => name ?? ""))}::text[], ${Sql.timestamptz(chunk.map(({ at }) => at))}::timestamptz[]) as g (platform, author, name, at)`
      const written = yield* transactionOn(sql)(
        Effect.gen(function* () {
          yield* sql`select pg_advisory_xact_lock_shared(${AUTHOR_REMOVALS}::bigint)`
          yield* sql`delete from author_names n using ${given} where n.platform = g.platform and n.author = g.author and g.name = '' and n.at <= g.at`
          return yield* sql<{ platform: string; author: string }>`insert into author_names (platform, author, name, at)
            select g.platform, g.author, g.name, g.at from ${given}
            where g.name <> '' and exists (select from signals s where s.platform = g.platform and s.author = g.author) order by g.platform, g.author
            on conflict (platform, author) do update set name = excluded.name, at = greatest(author_names.at, excluded.at)
            where author_names.at <= excluded.at returning platform, author`
        }),
      )
      const keys = new Set(written.map(({ platform, author }) => `${platform}:${author}`))
      waiting.done(chunk.filter(({ platform, author, name }) => name === null || keys.has(`${platform}:${author}`)))
    })

    yield* Effect.suspend(() => Effect.forEach(chunksOf(waiting.all), store, { discard: true })).pipe(
      // A name that is stored later costs nothing.
      Effect.catch((error) => Effect.logDebug(`Names of authors are not stored: ${Sql.describe(error)}`)),
      Effect.repeat(Schedule.spaced(EVERY)),
      Effect.forkScoped,
    )

    return { learn: (platform, names) => Effect.sync(() => names.forEach((name) => waiting.add(platform, name))) }
  }),
)
