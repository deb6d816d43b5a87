import { Platform } from "@signalflow/domain/signals/Platform"
import { SCHEMA_VERSION, type Signal, signalId } from "@signalflow/domain/signals/Signal"
import type { SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import type { SourceConfig } from "@signalflow/domain/sources/Source"

/** When everything is published and observed. */
export const NOW = Date.UTC(2026, 10, 22)

/** The nth post of a platform. */
export const observed = (platform: string, n: number, fields: Partial<Signal> = {}): SignalEvent => ({
  _tag: "Observed",
  signal: {
    id: signalId(platform, n),
    platform: Platform.make(platform),
    kind: "post",
    parentId: null,
    community: null,
    author: null,
    title: "",
    body: `Post ${n}`,
    url: null,
    permalink: "https://example.com",
    language: null,
    score: null,
    comments: null,
    upvoteRatio: null,
    reposts: null,
    views: null,
    publishedAt: NOW,
    observedAt: NOW,
    flair: null,
    meta: { schemaVersion: SCHEMA_VERSION, producer: "test", runId: "test", mode: "new" },
    ...fields,
  },
})

export const config = (platform: string, target = "all", fields: Partial<SourceConfig> = {}): SourceConfig => ({
  platform: Platform.make(platform),
  target,
  tier: "fast",
  intervalMs: null,
  options: {},
  active: true,
  shard: 0,
  ...fields,
})
