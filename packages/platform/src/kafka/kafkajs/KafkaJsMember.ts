import { Effect, type Scope } from "effect"
import kafkajs, { type EachBatchPayload, type IHeaders, type Kafka, type KafkaMessage } from "kafkajs"
import { type KafkaError, type Member, type MemberEvents, type Message, type Place } from "../KafkaDriver.ts"
import { decodeText } from "../KafkaText.ts"
import { ReadMessage, sharedHeaders } from "../ReadMessage.ts"

const textOf = (value: IHeaders[string] | null): string => {
  const one = Array.isArray(value) ? value[0] : value
  return one === undefined || one === null ? "" : typeof one === "string" ? one : decodeText(one)
}

const headersOf = (headers: IHeaders | undefined): Message["headers"] => {
  const texts: Record<string, string> = {}
  for (const name in headers) texts[name] = textOf(headers[name])
  return texts
}

const messagesOf = (messages: ReadonlyArray<KafkaMessage>): ReadonlyArray<Message> => {
  const shared = sharedHeaders()
  return messages.map(
    ({ offset, key, value, headers, timestamp }) =>
      new ReadMessage(Number(offset), textOf(key), shared(headersOf(headers)), Number(timestamp), value),
  )
}

const place = ({ topic, partition }: Place) => ({ topic, partitions: [partition] })

/** kafkajs throws where the consumer has crashed; `failed` tells of that. */
const whileRunning = (change: () => void) => {
  try {
    change()
  } catch (error) {
    if (!(error instanceof kafkajs.KafkaJSNonRetriableError)) throw error
  }
}

/**
 * A consumer that hands over whole fetches and goes on at once, so that kafkajs's own loop keeps up the heartbeats however long the
 * messages take. It does not restart by itself: after a crash there is a new member.
 */
export const joinWith =
  (kafka: Kafka, failed: (about: string) => (cause: unknown) => KafkaError) =>
  (groupId: string, topics: ReadonlyArray<string>, events: MemberEvents): Effect.Effect<Member, KafkaError, Scope.Scope> =>
    Effect.gen(function* () {
      const consumer = kafka.consumer({
        groupId,
        sessionTimeout: 6_000,
        heartbeatInterval: 1_000,
        rebalanceTimeout: 10_000,
        metadataMaxAge: 5_000,
        maxWaitTimeInMs: 250,
        maxBytesPerPartition: 65_536,
        allowAutoTopicCreation: false,
        retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5, restartOnFailure: async () => false },
      })
      let assigned = Promise.resolve()
      // kafkajs's own `commitOffsets` retries by itself, also in a later generation, in which the partition may be another's.
      let commitOnce: EachBatchPayload["commitOffsetsIfNecessary"] | null = null

      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        assigned = events.assigned(
          Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition }))),
        )
      })
      consumer.on(consumer.events.FETCH, ({ payload }) => events.polled(payload.duration / 1_000))
      consumer.on(consumer.events.CRASH, ({ payload }) => events.failed(failed(`Group ${groupId} lost its consumer`)(payload.error)))

      const eachBatch = async ({ batch, resolveOffset, commitOffsetsIfNecessary }: EachBatchPayload) => {
        commitOnce = commitOffsetsIfNecessary
        await assigned
        const { topic, partition } = batch
        // Not in the types: the offset that was asked for.
        const from = Number((batch as typeof batch & { readonly fetchedOffset: string }).fetchedOffset)
        const next = Number(batch.lastOffset()) + 1
        const wanted = await events.batch({ topic, partition }, from, next, messagesOf(batch.messages))
        if (wanted === next) resolveOffset(batch.lastOffset())
        else if (wanted !== from) consumer.seek({ topic, partition, offset: String(wanted) })
      }

      yield* Effect.acquireRelease(
        Effect.tryPromise({
          try: async () => {
            await consumer.connect()
            await consumer.subscribe({ topics: [...topics], fromBeginning: true })
            await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: 3, eachBatch })
          },
          catch: failed(`Group ${groupId} cannot be joined`),
        }),
        () =>
          Effect.ignore(
            Effect.timeout(
              Effect.tryPromise(() => consumer.disconnect()),
              "5 seconds",
            ),
          ),
      )

      return {
        commit: (offsets) =>
          Effect.tryPromise({
            try: async () => {
              if (commitOnce === null) {
                await consumer.commitOffsets(offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) })))
                return
              }
              await commitOnce({
                topics: [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, places]) => ({
                  topic,
                  partitions: places.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
                })),
              })
            },
            catch: failed(`Offsets of group ${groupId} were not committed`),
          }),
        pause: (at) => whileRunning(() => consumer.pause([place(at)])),
        resume: (at) => whileRunning(() => consumer.resume([place(at)])),
        // It begins where the group stands, which is mostly what is sought, and a seek would drop what is being fetched: where it is
        // elsewhere the answer of `batch` leads it.
        seek: () => {},
      }
    })
