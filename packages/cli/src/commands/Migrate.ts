import * as Migrations from "@signalflow/platform/postgres/migrations/Migrations"
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { databaseUnmigrated } from "../layers/Database.ts"
import { jsonFlag } from "../print/JsonFlag.ts"
import { sqlDirectory } from "../layers/Paths.ts"
import { beside, which } from "../running/Beside.ts"

const title = ({ version, name }: { readonly version: number; readonly name: string }) => `V${version} ${name}`

export const migrate = Command.make(
  "migrate",
  {
    status: Flag.Boolean("status").pipe(
      Flag.withDescription("Print what is applied and what is not; change nothing"),
      Flag.withDefault(false),
    ),
    dryRun: Flag.Boolean("dry-run").pipe(Flag.withDescription("Print what would be applied; change nothing"), Flag.withDefault(false)),
    ...which,
    json: jsonFlag(),
  },
  ({ status, dryRun, json, ...given }) =>
    Effect.gen(function* () {
      if (status) {
        const now = yield* Migrations.status(sqlDirectory)
        if (json) return yield* Console.log(JSON.stringify(now))
        for (const applied of now.applied) yield* Console.log(`applied  ${title(applied)}  ${applied.appliedAt.toISOString()}`)
        for (const pending of now.pending) yield* Console.log(`pending  ${title(pending)}`)
        return
      }
      const done = yield* dryRun ? Migrations.dryRun(sqlDirectory) : Migrations.migrate(sqlDirectory)
      if (json) return yield* Console.log(JSON.stringify({ dryRun, migrations: done.map(({ version, name }) => ({ version, name })) }))
      for (const migration of done) yield* Console.log(`${dryRun ? "would apply" : "applied"}  ${title(migration)}`)
      if (done.length === 0) yield* Console.log("The database is up to date.")
    }).pipe(Effect.provide(databaseUnmigrated("signalflow migrate")), Effect.provide(beside("migrate", given))),
).pipe(Command.withDescription("Bring the database to the version that this program needs"))
