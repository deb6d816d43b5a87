import { type BaseOptions, Consumer, type RecordsBatch } from "@platformatic/kafka"
import { Effect, type Scope } from "effect"
import { type KafkaError, type Member, type MemberEvents, type Message, nameOf, type Place } from "../KafkaDriver.ts"
import { decodeText } from "../KafkaText.ts"
import { ReadMessage, sharedHeaders } from "../ReadMessage.ts"
import { isProtocolError } from "./PlatformaticErrors.ts"

const LOG_APPEND_TIME = 0b1000
const CONTROL = 0b100000
const MAX_WAIT_MS = 250
const PARTITION_BYTES = 262_144
const PAUSE_MS = 200
/** All of them are round robin: kafkajs's name for it, so that a fleet can go from one library to the other replica by replica, and this library's own. */
const PROTOCOLS = [
  { name: "RoundRobinAssigner", version: 0 },
  { name: "roundrobin", version: 1 },
]
/** Longest that no fetch succeeds before the member gives up. */
const PATIENCE_MS = 15_000

type FetchResponse = Awaited<ReturnType<Consumer["fetch"]>>

const textOf = (bytes: Buffer | null) => (bytes === null ? "" : decodeText(bytes))

const messagesOf = (batch: RecordsBatch): ReadonlyArray<Message> => {
  if ((batch.attributes & CONTROL) !== 0) return []
  const shared = sharedHeaders()
  return batch.records.map(
    ({ offsetDelta, timestampDelta, key, value, headers }) =>
      new ReadMessage(
        Number(batch.firstOffset) + offsetDelta,
        textOf(key),
        shared(Object.fromEntries(headers.map(([name, text]) => [textOf(name), textOf(text)]))),
        Number((batch.attributes & LOG_APPEND_TIME) !== 0 ? batch.maxTimestamp : batch.firstTimestamp + timestampDelta),
        value,
      ),
  )
}

/**
 * A member that fetches by itself: the library's stream knows neither a place to go on from nor a pause of one partition. One fetch at
 * a time per broker; the library sends the heartbeats.
 */
export const joinWith =
  (base: BaseOptions, failed: (about: string) => (cause: unknown) => KafkaError) =>
  (groupId: string, topics: ReadonlyArray<string>, events: MemberEvents): Effect.Effect<Member, KafkaError, Scope.Scope> =>
    Effect.gen(function* () {
      const options = {
        ...base,
        groupId,
        protocols: PROTOCOLS,
        autocommit: false,
        sessionTimeout: 6_000,
        heartbeatInterval: 1_000,
        rebalanceTimeout: 10_000,
        maxWaitTime: MAX_WAIT_MS,
        minBytes: 1,
        maxBytes: 10_485_760,
      }
      const consumer = new Consumer(options)
      // A broker answers one connection in order: a commit would wait for the fetch before it.
      const fetcher = new Consumer(options)
      // The library has whoever is refused a commit join anew. Where that is the leader, it begins a rebalance, in which the others are
      // refused, and so on without an end. With no retries it is only told; heartbeats alone join anew.
      const committer = new Consumer({ ...options, retries: 0 })
      for (const client of [consumer, fetcher, committer]) client.topics.trackAll(...topics)
      const positions = new Map<string, Place & { readonly offset: number }>()
      const paused = new Set<string>()
      const fetching = new Set<number>()
      let membership: Partial<Pick<Consumer, "memberId" | "generationId">> = {}
      let assigned = Promise.resolve()
      let over = false
      let lastSuccess = performance.now()
      let timer: NodeJS.Timeout | undefined

      const giveUp = (error: unknown) => {
        if (over) return
        over = true
        events.failed(failed(`Group ${groupId} lost its consumer`)(error))
      }

      const take = async (
        asked: ReadonlyMap<string, Place & { readonly offset: number }>,
        place: Place,
        batches: ReadonlyArray<RecordsBatch>,
      ) => {
        const name = nameOf(place)
        const from = asked.get(name)?.offset
        const last = batches.at(-1)
        // A seek or a new assignment came in between.
        if (from === undefined || last === undefined || over || positions.get(name)?.offset !== from) return
        const next = Math.max(from, Number(last.firstOffset) + last.lastOffsetDelta + 1)
        const wanted = await events.batch(place, from, next, batches.flatMap(messagesOf))
        if (positions.get(name)?.offset === from) positions.set(name, { ...place, offset: wanted })
      }

      const takeAll = async (
        asked: Map<string, Place & { readonly offset: number }>,
        names: ReadonlyMap<string, string>,
        { responses }: FetchResponse,
      ) => {
        await assigned
        for (const { topicId, partitions } of responses)
          for (const { partitionIndex, records } of partitions)
            await take(asked, { topic: names.get(topicId) ?? "", partition: partitionIndex }, records ?? [])
      }

      /** The log no longer has what was asked for: whoever reads decides where it goes on. */
      const outOfRange = async (asked: ReadonlyMap<string, Place & { readonly offset: number }>) => {
        for (const [name, { topic, partition, offset }] of asked) {
          const lows = await fetcher.listOffsets({ topics: [topic], partitions: { [topic]: [partition] }, timestamp: -2n })
          const low = Number(lows.get(topic)?.[partition] ?? lows.get(topic)?.[0] ?? 0n)
          if (low <= offset || positions.get(name)?.offset !== offset) continue
          const wanted = await events.batch({ topic, partition }, low, low, [])
          if (positions.get(name)?.offset === offset) positions.set(name, { topic, partition, offset: wanted })
        }
      }

      const fetchFrom = async (node: number, asked: Map<string, Place & { readonly offset: number }>, ids: ReadonlyMap<string, string>) => {
        fetching.add(node)
        const began = performance.now()
        try {
          const response = await fetcher.fetch({
            node,
            maxWaitTime: MAX_WAIT_MS,
            topics: [...Map.groupBy(asked.values(), ({ topic }) => topic)].map(([topic, places]) => ({
              topicId: ids.get(topic)!,
              partitions: places.map(({ partition, offset }) => ({
                partition,
                currentLeaderEpoch: -1,
                fetchOffset: BigInt(offset),
                lastFetchedEpoch: -1,
                partitionMaxBytes: PARTITION_BYTES,
              })),
            })),
          })
          lastSuccess = performance.now()
          events.polled((performance.now() - began) / 1_000)
          await takeAll(asked, new Map([...ids].map(([topic, id]) => [id, topic])), response)
        } catch (error) {
          if (over) return
          if (isProtocolError(error, "OFFSET_OUT_OF_RANGE")) await outOfRange(asked).catch(() => {})
          if (performance.now() - lastSuccess > PATIENCE_MS) giveUp(error)
          fetcher.clearMetadata()
          await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
        } finally {
          fetching.delete(node)
        }
        pump()
      }

      const fetchAll = async () => {
        await assigned
        const active = [...positions].filter(([name]) => !paused.has(name))
        if (over || active.length === 0) return
        const metadata = await fetcher.metadata({ topics: [...topics] })
        const ids = new Map(topics.map((topic) => [topic, metadata.topics.get(topic)?.id ?? ""]))
        const byNode = Map.groupBy(active, ([, { topic, partition }]) => metadata.topics.get(topic)?.partitions[partition]?.leader ?? -1)
        if (byNode.has(-1)) {
          fetcher.clearMetadata()
          later()
        }
        for (const [node, places] of byNode) if (node >= 0 && !fetching.has(node)) void fetchFrom(node, new Map(places), ids)
      }

      const later = () => {
        clearTimeout(timer)
        timer = setTimeout(pump, PAUSE_MS)
      }
      const pump = (): void => {
        if (over) return
        fetchAll().catch((error: unknown) => {
          if (performance.now() - lastSuccess > PATIENCE_MS) giveUp(error)
          else later()
        })
      }

      consumer.on("consumer:group:join", ({ assignments }) => {
        const { memberId, generationId } = consumer
        membership = { memberId, generationId }
        positions.clear()
        paused.clear()
        lastSuccess = performance.now()
        assigned = events.assigned(
          (assignments ?? []).flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition }))),
        )
        void assigned.then(pump)
      })
      for (const client of [consumer, fetcher, committer]) client.on("error", giveUp)
      consumer.on("consumer:heartbeat:stalled", ({ lastError, stalledFor }) =>
        giveUp(lastError ?? new Error(`No heartbeat for ${Math.round(stalledFor / 1_000)} s`)),
      )

      yield* Effect.acquireRelease(
        Effect.tryPromise({ try: () => consumer.joinGroup({}), catch: failed(`Group ${groupId} cannot be joined`) }),
        () =>
          Effect.suspend(() => {
            over = true
            clearTimeout(timer)
            return Effect.ignore(
              Effect.timeout(
                Effect.tryPromise(() => Promise.all([consumer, fetcher, committer].map((client) => client.close(true)))),
                "5 seconds",
              ),
            )
          }),
      )

      return {
        commit: (places) =>
          Effect.tryPromise({
            try: () => {
              // For as long as it is under way: in the next generation the partitions may be another's.
              Object.assign(committer, membership)
              return committer.commit({ offsets: places.map((at) => ({ ...at, offset: BigInt(at.offset), leaderEpoch: -1 })) })
            },
            catch: failed(`Offsets of group ${groupId} were not committed`),
          }),
        pause: (place) => void paused.add(nameOf(place)),
        resume: (place) => {
          paused.delete(nameOf(place))
          pump()
        },
        seek: (place) => {
          positions.set(nameOf(place), place)
          pump()
        },
      }
    })
