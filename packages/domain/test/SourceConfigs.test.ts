import { SourceConfigs } from "../src/SourceConfigs.ts"
import { suite } from "./SourceConfigsSuite.ts"

suite("memory", SourceConfigs.layerMemory)
