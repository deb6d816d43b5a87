import { Fence } from "@signalflow/platform/postgres/leases/Fence"
import { transactionOn } from "@signalflow/platform/postgres/Postgres"
import { Clock, Context, Effect, Layer, Schema } from "effect"
import * as SqlClient from "effect/sql/SqlClient"

export class CursorsError extends Schema.TaggedError<CursorsError>()("CursorsError", {
  message: Schema.String,
  cause: Schema.Defect(),
}) {}

/** How far each feed has read. A position is JSON that belongs to its source; it is stored only after the bus has acknowledged. */
export class Cursors extends Context.Service<
  Cursors,
  {
    /** The stored position, or null. */
    readonly load: (platform: string, target: string) => Effect.Effect<unknown, CursorsError>
    readonly store: (platform: string, target: string, position: unknown) => Effect.Effect<void, CursorsError>
    /** Deletes what is stored of a target that is watched no more. */
    readonly forget: (platform: string, target: string) => Effect.Effect<void, CursorsError>
  }
>()("@signalflow/ingest/stores/Cursors") {
  static readonly layerMemory = Layer.sync(Cursors, () => {
    const positions = new Map<string, string>()
    const key = (platform: string, target: string) => `${platform}/${target}`
    return Cursors.of({
      load: (platform, target) =>
        Effect.sync(() => {
          const found = positions.get(key(platform, target))
          return found === undefined ? null : (JSON.parse(found) as unknown)
        }),
      store: (platform, target, position) => Effect.sync(() => void positions.set(key(platform, target), JSON.stringify(position))),
      forget: (platform, target) =>
        Effect.sync(() => {
          const of = key(platform, target)
          for (const name of positions.keys()) if (name === of || name.startsWith(`${of}#`)) positions.delete(name)
        }),
    })
  })

  static readonly layer = Layer.effect(
    Cursors,
    Effect.map(SqlClient.SqlClient, (sql) => {
      const failed = (what: string) =>
        Effect.mapError((cause: unknown) => new CursorsError({ message: `The cursor cannot be ${what}`, cause }))
      return Cursors.of({
        load: (platform, target) =>
          sql<{ position: unknown }>`select position from source_cursors where platform = ${platform} and target = ${target}`.pipe(
            Effect.map((rows) => rows[0]?.position ?? null),
            failed("read"),
          ),
        store: (platform, target, position) =>
          Effect.gen(function* () {
            const { guard } = yield* Fence
            const now = yield* Clock.currentTimeMillis
            const write = sql`insert into source_cursors (platform, target, position, updated_at)
              values (${platform}, ${target}, ${JSON.stringify(position)}::text::jsonb, ${new Date(now)})
              on conflict (platform, target) do update set position = excluded.position, updated_at = excluded.updated_at`
            // The cursor of a program that lost its shard must not go back behind its successor's.
            yield* transactionOn(sql)(Effect.andThen(guard, write))
          }).pipe(failed("stored")),
        forget: (platform) => sql`select forget_orphaned_positions(${platform})`.pipe(Effect.asVoid, failed("deleted")),
      })
    }),
  )
}
