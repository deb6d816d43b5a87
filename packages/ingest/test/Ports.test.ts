import { Layer } from "effect"
import * as TestPostgres from "../../platform/test/TestPostgres.ts"
import { Cursors } from "../src/stores/Cursors.ts"
import { Health } from "../src/health/SourceHealth.ts"
import { suite } from "./PortSuite.ts"

suite("memory", Layer.mergeAll(Cursors.layerMemory, Health.layerMemory))
suite("PostgreSQL", Layer.mergeAll(Cursors.layer, Health.layer).pipe(Layer.provide(TestPostgres.layer)))
