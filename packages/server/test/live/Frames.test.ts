import { assert, describe, it } from "@effect/vitest"
import type { LiveItem } from "@signalflow/domain/live/LiveFrame"
import { compileFilter } from "../../src/live/Frames.ts"

const item = (topics: ReadonlyArray<string>) =>
  ({ _tag: "Observed", signal: { platform: "bluesky", community: null, kind: "post", topics } }) as unknown as LiveItem

describe("the filter of a subscription", () => {
  it("finds a topic in whatever form it is written", () => {
    for (const topic of ["été", "L’Été", "ETE", "ete"]) assert.isTrue(compileFilter({ topics: [topic] })(item(["ete"])), topic)
    assert.isTrue(compileFilter({ topics: ["other", "#STRASSEN"] })(item(["#strassen"])))
    assert.isTrue(compileFilter({ topics: ["$Tsla"] })(item(["$tsla"])))
    assert.isFalse(compileFilter({ topics: ["etes-vous"] })(item(["ete"])))
  })
})
