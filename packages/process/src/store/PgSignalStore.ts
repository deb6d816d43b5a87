import * as PgClient from "@effect/sql-pg/PgClient"
import type { KnownSignal } from "@signalflow/domain/signals/StoredSignal"
import { AUTHOR_REMOVALS } from "@signalflow/platform/postgres/AuthorRemovals"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import { columnsOf, KNOWN_COLUMNS, rowToKnown, rowToStored, type SignalRow, upsertSignals } from "@signalflow/platform/postgres/SignalTable"
import * as Sql from "@signalflow/platform/postgres/Sql"
import { Effect, Layer } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Statement } from "effect/sql/Statement"
import { tombstoneKeys } from "./AuthorKey.ts"
import { insertHistory } from "./MetricsHistory.ts"
import { type Author, type Changes, type Scope, SignalStore, SignalStoreError, type Stored, type Tombstone } from "./SignalStore.ts"

/** What is so at this moment only: a plan that a migration outdated, a partition that another process made just now. */
const PASSING: ReadonlySet<string | undefined> = new Set(["0A000", "42P07"])

const failed = (cause: SqlError) => {
  const state = Sql.sqlState(cause)
  const transient = Postgres.isTransient(cause) || PASSING.has(state)
  // Without a state the client could not encode a value; 22, 23 and 54 are values that the server refuses.
  const ofData = !transient && (state === undefined || /^(22|23|54)/.test(state))
  return new SignalStoreError({ message: Sql.describe(cause), transient, ofData, cause })
}

const TOMBSTONE = "target_kind, target, platform, kind, at, why, restored_at"

interface TombstoneRow {
  readonly target_kind: "signal" | "author"
  readonly target: string
  readonly platform: string
  readonly kind: "deleted" | "hidden"
  readonly at: Date
  readonly why: string
  readonly restored_at: Date | null
}

const tombstoneOf = (row: TombstoneRow): Tombstone => ({
  targetKind: row.target_kind,
  target: row.target,
  platform: row.platform,
  kind: row.kind,
  at: row.at.getTime(),
  why: row.why,
  restoredAt: row.restored_at?.getTime() ?? null,
})

const PIECE = 1_000

/** Tombstones of earlier versions name the signal; the key that hides the name is not the database's to know. */
const hashTombstones = (sql: PgClient.PgClient, signalKey: (id: string) => string) =>
  Effect.gen(function* () {
    while (true) {
      const named = yield* sql<{
        id: string
      }>`select target as id from removals where target_kind = 'signal' and position(':' in target) > 0 limit ${PIECE}`
      if (named.length === 0) return
      const ids = named.map(({ id }) => id)
      // Both of one signal: the deletion stays.
      yield* sql`with named as (
          delete from removals r using unnest(${Sql.text(ids)}::text[], ${Sql.text(ids.map(signalKey))}::text[]) as t (id, hash)
          where r.target_kind = 'signal' and r.target = t.id returning t.hash, r.platform, r.kind, r.at, r.why, r.restored_at)
        insert into removals (target_kind, target, platform, kind, at, why, restored_at)
        select 'signal', hash, platform, kind, at, why, restored_at from named
        on conflict (target_kind, target) do update set kind = excluded.kind, at = excluded.at, why = excluded.why, restored_at = excluded.restored_at
        where removals.kind = 'hidden' and excluded.kind = 'deleted'`
    }
  })

const make = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const { author: authorKey, signal: signalKey } = yield* tombstoneKeys(sql)
  yield* hashTombstones(sql, signalKey)
  const days = new Set<number>()

  const ensurePartitions = (changes: Changes) =>
    Effect.forEach(
      new Set(changes.history.map((row) => Math.floor(row.observedAt / 86_400_000))),
      (day) =>
        days.has(day)
          ? Effect.void
          : sql`select ensure_history_partition(${new Date(day * 86_400_000).toISOString().slice(0, 10)}::date)`.pipe(
              Effect.andThen(Effect.sync(() => days.add(day))),
            ),
      { discard: true },
    )

  const lockAuthors = (scope: Scope) =>
    scope.targets.length > 0
      ? sql`select pg_advisory_xact_lock(${AUTHOR_REMOVALS}::bigint)`
      : sql`select pg_advisory_xact_lock_shared(${AUTHOR_REMOVALS}::bigint)`

  const byId = (columns: string, ids: ReadonlyArray<string>) =>
    sql<SignalRow>`select ${sql.literal(columns)} from signals where id = any(${Sql.text(ids)}::text[]) order by id for update`

  const readWhole = (scope: Scope) => {
    const ofIds = byId(columnsOf(), scope.ids)
    if (scope.targets.length === 0) return ofIds
    return Effect.zipWith(
      sql<SignalRow>`select ${sql.literal(columnsOf("s."))} from signals s join unnest(${Sql.text(scope.targets.map((target) => target.platform))}::text[],
        ${Sql.text(scope.targets.map((target) => target.author))}::text[]) as t (platform, author)
        on s.platform = t.platform and s.author = t.author order by s.id for update of s`,
      ofIds,
      (ofAuthors, others) => [...ofAuthors, ...others],
    )
  }

  /** The rows, and what they are to `decide`. */
  const readSignals = (scope: Scope): Effect.Effect<readonly [ReadonlyArray<SignalRow>, ReadonlyArray<KnownSignal>], SqlError> =>
    scope.isWhole
      ? Effect.map(readWhole(scope), (rows) => [rows, rows.map(rowToStored)] as const)
      : Effect.map(byId(KNOWN_COLUMNS, scope.ids), (rows) => [rows, rows.map(rowToKnown)] as const)

  /** Those of the scope, and of every signal and author that was read for it: what a restored author brings back may be hidden by itself. */
  const readTombstones = Effect.fnUntraced(function* (scope: Scope, rows: ReadonlyArray<SignalRow>) {
    const ids = scope.targets.length === 0 ? scope.ids : [...new Set([...scope.ids, ...rows.map((row): string => row["id"])])]
    // With any one author's: where nobody was ever removed, as on most platforms, no author need be hashed.
    const idOf = new Map(ids.map((id) => [signalKey(id), id]))
    // A replica of the version before writes the id itself.
    for (const id of ids) idOf.set(id, id)
    const found =
      (yield* sql<TombstoneRow>`select ${sql.literal(TOMBSTONE)} from removals where target_kind = 'signal' and target = any(${Sql.text([...idOf.keys()])}::text[])
        union all (select ${sql.literal(TOMBSTONE)} from removals where target_kind = 'author' limit 1)`).map((row): TombstoneRow =>
        row.target_kind === "signal" ? { ...row, target: idOf.get(row.target)! } : row,
      )
    if (!found.some((row) => row.target_kind === "author")) return found
    const authors = new Set(scope.authors.map(authorKey))
    for (const { platform, author } of rows as ReadonlyArray<Author & SignalRow>)
      if (author !== null) authors.add(authorKey({ platform, author }))
    const ofAuthors = yield* sql<TombstoneRow>`select ${sql.literal(TOMBSTONE)} from removals
        where target_kind = 'author' and target = any(${Sql.text([...authors])}::text[])`
    return [...found, ...ofAuthors]
  })

  const upsert = upsertSignals(sql)
  const addHistory = insertHistory(sql)

  const erase = (ids: ReadonlyArray<string>) =>
    sql`with gone as (delete from signals where id = any(${Sql.text(ids)}::text[]) returning id, platform, counted_at),
      history as (delete from signal_metrics_history h using gone where h.signal_id = gone.id returning gone.platform, h.observed_at as at),
      letters as (delete from dlq_events d using gone where d.key = gone.id)
      insert into touched_windows (platform, bucket)
      select distinct platform, date_bin('15 minutes', at, 'epoch'::timestamptz)
      from (select platform, counted_at as at from gone union all select platform, at from history) as touched`

  const keyOf = ({ targetKind, target }: Pick<Tombstone, "targetKind" | "target">) => (targetKind === "signal" ? signalKey(target) : target)

  const writeTombstones = ({ tombstones }: Changes) =>
    sql`insert into removals (target_kind, target, platform, kind, at, why, restored_at)
      select * from unnest(${Sql.text(tombstones.map((row) => row.targetKind))}::text[], ${Sql.text(tombstones.map(keyOf))}::text[],
        ${Sql.text(tombstones.map((row) => row.platform))}::text[], ${Sql.text(tombstones.map((row) => row.kind))}::text[],
        ${Sql.timestamptz(tombstones.map((row) => row.at))}::timestamptz[], ${Sql.text(tombstones.map((row) => row.why))}::text[],
        ${Sql.timestamptz(tombstones.map((row) => row.restoredAt))}::timestamptz[])
      on conflict (target_kind, target) do update set kind = excluded.kind, at = excluded.at, why = excluded.why, restored_at = excluded.restored_at
      where removals.kind = 'hidden' or excluded.kind = 'deleted'`

  /** Neither the name nor replies of others tell of the author any more. */
  const unname = ({ platform, author }: Author) => {
    const first = `${platform}:${author}/`
    return Effect.andThen(
      sql`delete from author_names where platform = ${platform} and author = ${author}`,
      sql`update signals set parent_id = null where parent_id >= ${first} collate "C" and parent_id < ${`${platform}:${author}0`} collate "C"`,
    )
  }

  const lift = ({ lifted }: Changes) =>
    sql`delete from removals r using unnest(${Sql.text(lifted.map((row) => row.targetKind))}::text[], ${Sql.text(lifted.map(keyOf))}::text[])
      as t (target_kind, target) where r.target_kind = t.target_kind and r.target = t.target`

  const mark = ({ marks }: Changes) =>
    sql`insert into touched_windows (platform, bucket) select * from unnest(${Sql.text(marks.map((row) => row.platform))}::text[],
      ${Sql.timestamptz(marks.map((row) => row.bucket))}::timestamptz[])`

  const markHistory = (ids: ReadonlyArray<string>) =>
    sql`insert into touched_windows (platform, bucket)
      select distinct split_part(signal_id, ':', 1), date_bin('15 minutes', observed_at, 'epoch'::timestamptz)
      from signal_metrics_history where signal_id = any(${Sql.text(ids)}::text[])`

  /** Writes to tables that have nothing to do with each other, in one statement: each round trip costs the process and the database. */
  const together = (writes: ReadonlyArray<Statement<object>>): Effect.Effect<unknown, SqlError> => {
    const [last, ...others] = writes.toReversed()
    if (last === undefined) return Effect.void
    return others.length === 0 ? last : sql`with ${sql.csv(others.map((write, n) => sql`${sql.literal(`w${n}`)} as (${write})`))} ${last}`
  }

  const apply = Effect.fnUntraced(function* (changes: Changes) {
    // First: an author who comes back in the same batch may bring a signal back.
    if (changes.deletes.length > 0) yield* erase(changes.deletes)
    yield* together([
      ...(changes.upserts.length > 0 ? [upsert(changes.upserts)] : []),
      ...(changes.history.length > 0 ? [addHistory(changes.history)] : []),
      ...(changes.marks.length > 0 ? [mark(changes)] : []),
    ])
    if (changes.lifted.length > 0) yield* lift(changes)
    if (changes.tombstones.length > 0) yield* writeTombstones(changes)
    for (const named of changes.unnamed ?? []) yield* unname(named)
    if (changes.changed.length > 0) yield* markHistory(changes.changed)
  })

  const decideAndApply = Effect.fnUntraced(function* <D extends { readonly changes: Changes }>(
    scope: Scope,
    decide: (stored: Stored) => D,
  ) {
    yield* lockAuthors(scope)
    const [rows, known] = yield* readSignals(scope)
    const tombstones = yield* readTombstones(scope, rows)
    const decision = decide({
      signals: new Map(known.map((row) => [row.signal.id, row])),
      tombstones: new Map(tombstones.map((row) => [`${row.target_kind}:${row.target}`, tombstoneOf(row)])),
    })
    yield* ensurePartitions(decision.changes)
    yield* apply(decision.changes)
    return decision
  })

  return SignalStore.of({
    authorKey,
    transact: (scope, decide) =>
      decideAndApply(scope, decide).pipe(
        Postgres.transactionOn(sql),
        // A rolled back transaction takes the partitions that it made with it.
        Effect.onError(() => Effect.sync(() => days.clear())),
        Effect.mapError(failed),
        Effect.withSpan("SignalStore.transact"),
      ),
  })
})

/** Signals in PostgreSQL. */
export const layer: Layer.Layer<SignalStore, SignalStoreError, PgClient.PgClient> = Layer.effect(
  SignalStore,
  Effect.mapError(make, (error) =>
    error._tag === "SqlError"
      ? failed(error)
      : new SignalStoreError({ message: error.message, transient: false, ofData: false, cause: error }),
  ),
)
