import { Layer } from "effect"
import { suite } from "../../../../domain/test/SignalBusSuite.ts"
import * as PgBus from "../../../src/postgres/bus/PgBus.ts"
import * as TestPostgres from "../../TestPostgres.ts"

suite(
  "PostgreSQL",
  PgBus.layer({ minAge: 0, trimEvery: "50 millis", balanceEvery: "100 millis" }).pipe(Layer.provideMerge(TestPostgres.layer)),
)
