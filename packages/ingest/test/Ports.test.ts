import { Layer } from "effect"
import * as TestPostgres from "../../platform/test/TestPostgres.ts"
import { Cursors } from "../src/Cursors.ts"
import { Health } from "../src/Health.ts"
import { suite } from "./PortSuite.ts"

suite("memory", Layer.mergeAll(Cursors.layerMemory, Health.layerMemory))
suite("PostgreSQL", Layer.mergeAll(Cursors.layer, Health.layer).pipe(Layer.provide(TestPostgres.layer)))
