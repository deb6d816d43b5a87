import { LIVE_HISTORY, layerMemory } from "../src/LiveFeed.ts"
import { suite } from "./LiveFeedSuite.ts"

suite("memory", layerMemory, { history: LIVE_HISTORY, most: LIVE_HISTORY * 1.2 })
