import * as SignalBusMemory from "@signalflow/domain/bus/SignalBusMemory"
import * as PgBus from "@signalflow/platform/postgres/bus/PgBus"
import { Layer } from "effect"
import * as TestPostgres from "../../platform/test/TestPostgres.ts"
import { suite } from "./FutureVersionSuite.ts"

suite("memory", SignalBusMemory.layerMemory)
suite("PostgreSQL", PgBus.layer().pipe(Layer.provideMerge(TestPostgres.layer)))
