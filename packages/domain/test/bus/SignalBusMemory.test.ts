import { layerMemory } from "../../src/bus/SignalBusMemory.ts"
import { suite } from "../SignalBusSuite.ts"

suite("memory", layerMemory)
