import * as TestPostgres from "../../platform/test/TestPostgres.ts"
import { historySuite } from "./HistorySuite.ts"

historySuite("plain partitions", TestPostgres.layerEmpty, { history: "p", hours: "p" })
