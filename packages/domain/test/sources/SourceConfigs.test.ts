import { SourceConfigs } from "../../src/sources/SourceConfigs.ts"
import { suite } from "../SourceConfigsSuite.ts"

suite("memory", SourceConfigs.layerMemory)
