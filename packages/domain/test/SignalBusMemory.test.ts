import { layerMemory } from "../src/SignalBusMemory.ts"
import { suite } from "./SignalBusSuite.ts"

suite("memory", layerMemory)
