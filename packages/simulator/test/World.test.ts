import { assert, describe, it } from "@effect/vitest"
import { truthPage, truthSummary, type TruthSignal } from "../src/truth/Truth.ts"
import { SLICE_MS } from "../src/world/Timeline.ts"
import { world, type World, type WorldOptions } from "../src/World.ts"

const EPOCH = Date.UTC(2026, 5, 1)
const HOURS = 24
const START = EPOCH + HOURS * 3_600_000

const options: WorldOptions = { seed: 7, epoch: EPOCH, historyHours: HOURS, rate: 1, speed: 1, opensAt: START + 120_000, lookbackHours: 72 }
const at = (time: number, change: Partial<WorldOptions> = {}) => world({ ...options, ...change }, () => time)

const all = { platform: null, batch: null, since: 0, until: Infinity, after: null, limit: Infinity } as const
const everything = (made: World): ReadonlyArray<TruthSignal> => truthPage(made, all).signals

const frame = (made: World, seq: number): unknown => {
  const event = made.bluesky.event(seq)!
  return event.kind === "commit" ? { ...event, commit: event.commit() } : event
}

const frames = (made: World): ReadonlyArray<unknown> => {
  const first = made.bluesky.seqAt(0)
  return Array.from({ length: made.bluesky.nextSeq() - first }, (_, n) => frame(made, first + n))
}

describe("World", () => {
  it("is the same to the byte for the same seed and epoch", () => {
    const one = at(START)
    const two = at(START)
    assert.strictEqual(JSON.stringify(frames(one)), JSON.stringify(frames(two)))
    const items = (made: World) => made.hackerNews.heads(0, START / 1000).map((head) => made.hackerNews.item(head.id))
    assert.strictEqual(JSON.stringify(items(one)), JSON.stringify(items(two)))
    assert.strictEqual(JSON.stringify(truthSummary(one)), JSON.stringify(truthSummary(two)))
  })

  it("is another world for another seed", () => {
    const texts = (made: World) =>
      new Set(frames(made).map((frame) => JSON.stringify((frame as { commit?: { record?: { text?: string } } }).commit?.record?.text)))
    const one = texts(at(START))
    const two = texts(at(START, { seed: 8 }))
    const shared = [...one].filter((text) => two.has(text)).length
    assert.isBelow(shared / one.size, 0.1)
  })

  it("does not depend on what was asked for first, nor on when", () => {
    const early = at(START - 6 * 3_600_000)
    const late = at(START)
    const before = frames(early)
    assert.strictEqual(JSON.stringify(before), JSON.stringify(frames(late).slice(0, before.length)))
    const fresh = at(START)
    const middle = fresh.bluesky.nextSeq() - 500
    assert.deepStrictEqual(fresh.bluesky.event(middle)?.time, late.bluesky.event(middle)?.time)
  })

  it("moves with the epoch and keeps its texts", () => {
    const shift = 7 * SLICE_MS
    const texts = (made: World) => frames(made).map((frame) => (frame as { commit?: { record?: { text?: string } } }).commit?.record?.text)
    assert.deepStrictEqual(texts(at(START)), texts(at(START + shift, { epoch: EPOCH + shift, opensAt: options.opensAt + shift })))
  })

  it("numbers events without gaps, in the order of time", () => {
    const made = at(START)
    let last = 0
    for (let seq = made.bluesky.seqAt(0); seq < made.bluesky.nextSeq(); seq++) {
      const event = made.bluesky.event(seq)!
      assert.strictEqual(event.seq, seq)
      assert.isAbove(event.time, last)
      last = event.time
    }
    assert.isAtMost(last, START * 1000)
    assert.isNull(made.bluesky.event(made.bluesky.seqAt(0) - 1))
  })

  it("has the planned volume, and a day that is busier at its beginning than at its middle", () => {
    const signals = everything(at(START))
    const days = HOURS / 24
    assert.isAbove(signals.length / days, 9000)
    assert.isBelow(signals.length / days, 14_000)
    const between = (from: number, to: number) =>
      signals.filter(({ shownAt }) => shownAt >= EPOCH + from * 3_600_000 && shownAt < EPOCH + to * 3_600_000).length
    assert.isAbove(between(0, 4), 1.8 * between(12, 16))
  })

  it("brings exactly the planned distinct authors in every full bucket of a burst", () => {
    const made = at(START + 3 * 3_600_000)
    const signals = everything(made)
    const writers = new Map(made.hackerNews.heads(0, Infinity).map((head) => [`hackernews:${head.id}`, head.by]))
    let checked = 0
    for (const burst of truthSummary(made).bursts) {
      for (const leg of burst.legs) {
        for (const bucket of leg.buckets) {
          if (bucket.start + SLICE_MS > made.now() || bucket.start < EPOCH) continue
          const found = signals.filter(
            (signal) =>
              signal.burst === burst.id &&
              signal.platform === leg.platform &&
              signal.shownAt >= bucket.start &&
              signal.shownAt < bucket.start + SLICE_MS &&
              signal.copyOf === null,
          )
          const authors = new Set(found.map(({ id }) => writers.get(id) ?? id.split("/")[0]))
          assert.strictEqual(found.length, bucket.authors, `${burst.id} on ${leg.platform} at ${bucket.start}`)
          // Names of different Hacker News authors may collide.
          assert.isAtLeast(authors.size, leg.platform === "bluesky" ? bucket.authors : bucket.authors - 1)
          checked++
        }
      }
    }
    assert.isAbove(checked, 25)
  })

  it("has bursts running at the start on both platforms, one that spreads, and one that opens two minutes later", () => {
    const summary = truthSummary(at(START + 60_000))
    const running = summary.bursts.filter((burst) => burst.legs.some((leg) => leg.open))
    assert.isAtLeast(running.length, 3)
    const spreading = running.find((burst) => burst.id === "now-spreading")!
    assert.deepStrictEqual(
      spreading.legs.map((leg) => leg.platform),
      ["bluesky", "hackernews"],
    )
    assert.strictEqual(spreading.lagMs, 2 * SLICE_MS)
    assert.isFalse(summary.bursts.some((burst) => burst.id === "opening"))
    const after = at(START + 180_000)
    assert.isTrue(truthSummary(after).bursts.some((burst) => burst.id === "opening" && burst.legs[0]!.from === START + 120_000))
    assert.isAbove(everything(after).filter((signal) => signal.burst === "opening").length, 0)
    assert.isTrue(everything(after).every((signal) => signal.burst !== "opening" || signal.shownAt >= START + 120_000))
  })

  it("multiplies live events alone by the speed", () => {
    const end = START + 2 * 3_600_000
    const slow = everything(at(end)).filter((signal) => signal.burst === null)
    const fast = everything(at(end, { speed: 5 })).filter((signal) => signal.burst === null)
    const past = (signals: ReadonlyArray<TruthSignal>) =>
      signals.filter(({ shownAt }) => shownAt < START - 6 * 3_600_000).map(({ id }) => id)
    assert.deepStrictEqual(past(fast), past(slow))
    const live = (signals: ReadonlyArray<TruthSignal>) => signals.filter(({ shownAt }) => shownAt >= START).length
    assert.isAbove(live(fast), 4 * live(slow))
    assert.isTrue(fast.every(({ publishedAt, shownAt }) => publishedAt <= shownAt && shownAt <= end))
  })

  it("generates again, the same, what fell out of memory", () => {
    const days = 15
    const opensAt = EPOCH + days * 86_400_000
    const young = at(EPOCH + 3_600_000, { historyHours: days * 24, opensAt })
    const old = at(opensAt, { historyHours: days * 24, opensAt })
    assert.isAbove(old.bluesky.nextSeq() - old.bluesky.seqAt(0), 100 * (young.bluesky.nextSeq() - young.bluesky.seqAt(0)))
    const first = frames(young)
    assert.strictEqual(JSON.stringify(first.map((_, n) => frame(old, old.bluesky.seqAt(0) + n))), JSON.stringify(first))
  })

  it("publishes by command between the generated events and moves none of them", () => {
    let clock = START
    const made = world(options, () => clock)
    const quiet = at(START + 3_600_000)
    const published = made.publish({
      platform: "bluesky",
      kind: "post",
      batch: "b",
      text: "hello\u0000 \ud800",
      createdAt: "9999-12-31T00:00:00Z",
    })
    const story = made.publish({ platform: "hackernews", kind: "story", batch: "b", text: "A story", createdAt: null })
    clock += 3_600_000
    const signals = everything(made)
    const found = signals.find(({ id }) => id === published.id)!
    assert.strictEqual(found.publishedAt, START)
    assert.strictEqual(found.batch, "b")
    assert.strictEqual(made.hackerNews.item(Number(story.id.split(":")[1]))?.title, "A story")
    assert.strictEqual(signals.length, everything(quiet).length + 2)
    const posts = (list: ReadonlyArray<TruthSignal>) =>
      list.filter(({ platform, batch }) => platform === "bluesky" && batch === null).map(({ id }) => id)
    assert.deepStrictEqual(posts(signals), posts(everything(quiet)))

    const numbers = signals.filter(({ platform }) => platform === "hackernews").map(({ id }) => Number(id.split(":")[1]))
    assert.deepStrictEqual(
      numbers,
      numbers.map((_, n) => numbers[0]! + n),
    )
    assert.isTrue(numbers.every((id) => made.hackerNews.item(id)?.id === id && (made.hackerNews.item(id)?.parent ?? 0) < id))

    assert.isTrue(made.retract(published.id))
    assert.isFalse(made.retract(published.id))
    assert.isTrue(made.retract(story.id))
    assert.strictEqual(everything(made).find(({ id }) => id === published.id)?.removed, "deleted")
    assert.isTrue(made.hackerNews.item(Number(story.id.split(":")[1]))?.deleted)
    assert.isFalse(made.retract("bluesky:did:plc:nobody/x"))
  })

  it("makes nothing for Reddit and YouTube until somebody asks, and tells no burst of theirs", () => {
    const made = at(START)
    const quiet = truthSummary(made)
    assert.deepStrictEqual(Object.keys(quiet.counts), ["hackernews", "bluesky"])
    assert.isFalse(quiet.bursts.some(({ legs }) => legs.some(({ platform }) => platform === "reddit" || platform === "youtube")))
    assert.isFalse(made.inUse("reddit"))
    assert.isAbove(truthPage(made, { ...all, platform: "reddit" }).signals.length, 2000)
    assert.isTrue(made.inUse("reddit"))
    assert.isFalse(made.inUse("youtube"))
    const read = truthSummary(made)
    assert.isAbove(read.bursts.length, quiet.bursts.length)
    assert.deepStrictEqual(
      everything(made).filter(({ platform }) => platform !== "reddit"),
      everything(at(START)),
    )
  })

  it("lets bursts reach every platform with known lags, with exactly the planned distinct authors", () => {
    const made = at(START + 3 * 3_600_000, { historyHours: 72, epoch: START - 72 * 3_600_000 })
    const [reddit, youtube] = [made.reddit(), made.youtube()]
    const { bursts } = truthSummary(made)
    const spreading = bursts.find(({ id }) => id === "now-spreading")!
    assert.deepStrictEqual(spreading.lags, { bluesky: 0, reddit: SLICE_MS, hackernews: 2 * SLICE_MS, youtube: 4 * SLICE_MS })
    assert.isTrue(bursts.some(({ legs }) => legs.length === 1 && legs[0]!.platform === "reddit"))
    const byBurst = Map.groupBy(everything(made), (signal) => `${signal.burst} ${signal.platform}`)
    const writer = (id: string): string => {
      const name = id.slice(id.indexOf(":") + 1)
      if (!id.startsWith("reddit:")) return youtube.comment(name)?.authorChannel ?? youtube.video(name)?.channel.id ?? name
      return reddit.post(name.slice(3))?.authorId ?? reddit.comment(name.slice(3))?.authorId ?? name
    }
    const checked = { reddit: 0, youtube: 0 }
    for (const burst of bursts) {
      for (const { platform, buckets } of burst.legs) {
        if (platform !== "reddit" && platform !== "youtube") continue
        for (const { start, authors } of buckets) {
          if (start + SLICE_MS > made.now()) continue
          const found = (byBurst.get(`${burst.id} ${platform}`) ?? []).filter(
            ({ shownAt }) => shownAt >= start && shownAt < start + SLICE_MS,
          )
          assert.strictEqual(found.length, authors, `${burst.id} on ${platform} at ${start}`)
          assert.strictEqual(new Set(found.map(({ id }) => writer(id))).size, authors)
          checked[platform]++
        }
      }
    }
    assert.isAbove(checked.reddit, 30)
    assert.isAbove(checked.youtube, 15)
  })

  it("has copies, spam, edits, deletions and hidden things on Reddit and YouTube, and a day that is busier at its beginning", () => {
    const made = at(START)
    for (const platform of ["reddit", "youtube"]) {
      const { signals } = truthPage(made, { ...all, platform })
      const ids = new Set(signals.map(({ id }) => id))
      assert.strictEqual(ids.size, signals.length)
      const copies = signals.filter(({ copyOf }) => copyOf !== null)
      assert.isAbove(copies.length, 1)
      assert.isTrue(copies.every(({ copyOf }) => ids.has(copyOf!)))
      assert.isAbove(signals.filter(({ spam }) => spam).length, 10)
      for (const removed of ["deleted", "hidden"]) assert.isTrue(signals.some((signal) => signal.removed === removed))
      const between = (from: number, to: number) =>
        signals.filter(({ shownAt }) => shownAt >= EPOCH + from * 3_600_000 && shownAt < EPOCH + to * 3_600_000).length
      assert.isAbove(between(0, 4), 1.5 * between(12, 16))
    }
    const posts = truthPage(made, { ...all, platform: "reddit" }).signals.filter(({ kind }) => kind === "post")
    assert.isTrue(posts.some(({ id }) => made.reddit().post(id.slice(10))?.edited !== null))
  })

  it("writes Reddit and YouTube the same to the byte, whatever was asked for first", () => {
    const bodies = (made: World) =>
      ["youtube", "reddit"].flatMap((platform) =>
        truthPage(made, { ...all, platform }).signals.map(({ id }) => {
          const name = id.slice(id.indexOf(":") + 1)
          return platform === "youtube"
            ? (made.youtube().video(name) ?? made.youtube().comment(name))
            : (made.reddit().post(name.slice(3)) ?? made.reddit().comment(name.slice(3)))
        }),
      )
    const late = at(START)
    const found = late.youtube().video(late.youtube().popular()[0]!)
    assert.strictEqual(JSON.stringify(bodies(late)), JSON.stringify(bodies(at(START))))
    assert.deepStrictEqual(at(START).youtube().video(found!.id), found)
    assert.isNull(late.youtube().video("AAAAAAAAAAA"))
  })
})
