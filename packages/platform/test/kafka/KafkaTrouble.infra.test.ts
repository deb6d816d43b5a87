import { assert, layer } from "@effect/vitest"
import { ackAll, SignalConsumer, SignalPublisher, type Gap } from "@signalflow/domain/bus/SignalBus"
import { Context, Deferred, Effect, Fiber, Layer, Redacted, type Scope } from "effect"
import kafkajs from "kafkajs"
import { type AddressInfo, connect, createServer, type Server } from "node:net"
import { pipeline } from "node:stream"
import { describe } from "vitest"
import { eventually, freshTopic, receive, record, until } from "../../../domain/test/Received.ts"
import { Metrics } from "../../src/telemetry/Metrics.ts"
import * as KafkaBus from "../../src/kafka/KafkaBus.ts"
import { clients, layer as testKafka, missing, TestKafka } from "./TestKafka.ts"

/** A bus of the test's own on the shared broker. */
const busWith =
  (client: (typeof clients)[number]) =>
  (options: Partial<KafkaBus.KafkaBusOptions> = {}) =>
    Effect.gen(function* () {
      const { addresses } = yield* TestKafka
      return yield* Layer.build(KafkaBus.layer({ brokers: addresses, client, ...options }))
    })

const withAdmin = <A>(use: (admin: kafkajs.Admin) => Promise<A>): Effect.Effect<A, never, TestKafka | Scope.Scope> =>
  Effect.gen(function* () {
    const { addresses } = yield* TestKafka
    const admin = new kafkajs.Kafka({ brokers: [...addresses], logLevel: kafkajs.logLevel.NOTHING }).admin()
    yield* Effect.acquireRelease(
      Effect.promise(() => admin.connect()),
      () => Effect.promise(() => admin.disconnect()),
    )
    return yield* Effect.promise(() => use(admin))
  })

const sasl = (username: string, password: string) => ({ mechanism: "plain" as const, username, password: Redacted.make(password) })

const closedPort = Effect.callback<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

/** Something that listens at `port` and hands everything on to `to`. */
const forward = (port: number, to: number) =>
  Effect.acquireRelease(
    Effect.callback<Server>((resume) => {
      const server = createServer((from) => {
        const target = connect(to, "127.0.0.1")
        pipeline(from, target, from, () => {})
      })
      server.listen(port, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close()),
  )

describe.skipIf(missing !== null).for(clients)("Kafka, %s", (client) => {
  const bus = busWith(client)
  const refusal = (options: Partial<KafkaBus.KafkaBusOptions>) => Effect.map(Effect.flip(bus(options)), ({ message }) => message)

  /** What it says while it waits. */
  const waitsFor = (options: Partial<KafkaBus.KafkaBusOptions>) =>
    Effect.gen(function* () {
      const said = yield* Deferred.make<string>()
      yield* Effect.forkScoped(bus({ ...options, onState: (_, why) => Effect.asVoid(Deferred.succeed(said, why ?? "")) }))
      return yield* Deferred.await(said)
    })

  layer(testKafka(1), { excludeTestServices: true })("in trouble", (it) => {
    it.effect("waits for a broker, says which address does not answer, and goes on when it appears", () =>
      Effect.gen(function* () {
        const { brokers } = yield* TestKafka
        const port = yield* closedPort
        const states: Array<string> = []
        const starting = yield* Effect.forkScoped(
          bus({
            brokers: [`127.0.0.1:${port}`],
            onState: (state, why) => Effect.sync(() => void states.push(`${state} ${why ?? ""}`)),
          }),
        )
        yield* until(() => states.length > 0)
        assert.include(states[0], "down ")
        assert.include(states[0], `KAFKA_BOOTSTRAP_SERVERS (127.0.0.1:${port})`)
        assert.include(states[0], `connect ECONNREFUSED 127.0.0.1:${port}`)
        yield* forward(port, Number(brokers[0]!.address.split(":")[1]))
        const context = yield* Fiber.join(starting)
        assert.deepStrictEqual(states.slice(1), ["ok "])
        yield* Context.get(context, SignalPublisher).publish([record(freshTopic(1), "k", "1")])
      }),
    )

    it.effect("says that a broker refuses the password, without the password, and works with the right one", () =>
      Effect.gen(function* () {
        const brokers = [(yield* TestKafka).brokers[0]!.saslAddress]
        const message = yield* refusal({ brokers, sasl: sasl("tester", "wrong-secret") })
        assert.include(message, "KAFKA_SASL_PASSWORD")
        assert.include(message, '"tester"')
        assert.notInclude(message, "wrong-secret")
        const { publish } = Context.get(yield* bus({ brokers, sasl: sasl("tester", "right") }), SignalPublisher)
        yield* publish([record(freshTopic(1), "k", "1")])
      }),
    )

    it.effect("says that a broker wants TLS or a sign-in when it does not understand", () =>
      Effect.gen(function* () {
        const { saslAddress, address } = (yield* TestKafka).brokers[0]!
        assert.include(yield* waitsFor({ brokers: [saslAddress] }), "KAFKA_SASL_MECHANISM is none")
        assert.include(yield* waitsFor({ brokers: [address], ssl: true }), "KAFKA_SSL is true")
      }),
    )

    it.effect("refuses a topic with too few partitions, or fewer brokers than replicas, naming both numbers", () =>
      Effect.gen(function* () {
        const topic = freshTopic(6)
        yield* withAdmin((admin) => admin.createTopics({ topics: [{ topic: topic.name, numPartitions: 1 }], waitForLeaders: true }))
        assert.include(yield* refusal({ topics: [topic] }), `Topic ${topic.name} has 1 partitions and needs 6`)
        assert.include(
          yield* refusal({ topics: [freshTopic(1)], replicas: 3 }),
          "3 replicas are wanted of every topic, and Kafka has 1 brokers",
        )
      }),
    )

    it.effect("makes topics that keep messages for their retention, by the broker's clock", () =>
      Effect.gen(function* () {
        const topic = freshTopic(3)
        yield* bus({ topics: [topic] })
        const { resources } = yield* withAdmin((admin) =>
          admin.describeConfigs({
            includeSynonyms: false,
            resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic.name }],
          }),
        )
        const config = new Map(resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]))
        assert.strictEqual(config.get("retention.ms"), String(72 * 3_600_000))
        assert.strictEqual(config.get("cleanup.policy"), "delete")
        assert.strictEqual(config.get("message.timestamp.type"), "LogAppendTime")
      }),
    )

    it.effect("refuses a message of 5 MB by key and size, and one that its topic does not take, and takes what came with it", () =>
      Effect.gen(function* () {
        const context = yield* bus()
        const { publish } = Context.get(context, SignalPublisher)
        const topic = freshTopic(1)
        const narrow = freshTopic(1)
        const noise = Array.from({ length: 5_000_000 }, () => String.fromCharCode(33 + Math.floor(Math.random() * 90))).join("")
        const error = yield* Effect.flip(publish([record(topic, "huge", noise)]))
        assert.match(error.message, /1 records were not published: the record of key "huge".* has 50\d{5} bytes/)
        yield* publish([record(topic, "k", "small")])
        yield* publish(Array.from({ length: 30 }, (_, n) => record(topic, "k", `${n}${noise.slice(0, 200_000)}`)))

        yield* withAdmin((admin) =>
          admin.createTopics({
            topics: [{ topic: narrow.name, numPartitions: 1, configEntries: [{ name: "max.message.bytes", value: "50000" }] }],
            waitForLeaders: true,
          }),
        )
        const batch = Array.from({ length: 40 }, (_, n) => record(narrow, "k", `${n}${noise.slice(0, n === 25 ? 90_000 : 9_000)}`))
        const refused = yield* Effect.flip(publish(batch))
        assert.deepStrictEqual(
          refused.refused?.map(({ index, key }) => [index, key]),
          [[25, "k"]],
        )
        assert.include(refused.message, "max.message.bytes")
        yield* publish(batch.filter((_, index) => index !== 25))
        const received = yield* receive(Context.get(context, SignalConsumer).tail([topic, narrow], 0))
        yield* until(() => received.all.length >= 31 + 39)
        const values = new Set(received.values())
        assert.isTrue(batch.every(({ value }, index) => values.has(value) === (index !== 25)))
        assert.strictEqual(received.all.find(({ lane }) => lane.topic === topic.name)!.value, "small")
      }),
    )

    it.effect("tells a group that was unavailable longer than messages are kept what it has missed", () =>
      Effect.gen(function* () {
        const context = yield* bus()
        const { publish } = Context.get(context, SignalPublisher)
        const consumer = Context.get(context, SignalConsumer)
        const topic = freshTopic(1)
        const subscription = { group: "late-comer", topics: [topic] }
        yield* consumer.register(subscription)
        yield* publish(Array.from({ length: 10 }, (_, n) => record(topic, "k", String(n))))
        yield* withAdmin(async (admin) => {
          await admin.fetchTopicOffsets(topic.name)
          await admin.deleteTopicRecords({ topic: topic.name, partitions: [{ partition: 0, offset: "7" }] })
        })
        assert.strictEqual((yield* consumer.unread("late-comer")).messages, 3)
        const gaps: Array<Gap> = []
        const received = yield* receive(consumer.deliveries({ ...subscription, onGap: (gap) => Effect.sync(() => void gaps.push(gap)) }))
        yield* received.atLeast(3)
        assert.deepStrictEqual(received.values(), ["7", "8", "9"])
        assert.deepStrictEqual(gaps, [{ topic: topic.name, partition: 0, from: 0, to: 7 }])
      }),
    )

    it.effect("times its reads, counts what they brought by topic, and knows the backlog of each group", () =>
      Effect.gen(function* () {
        const metrics = Context.get(yield* Layer.build(Metrics.layerTest), Metrics)
        const context = yield* bus({ meter: metrics })
        const { publish } = Context.get(context, SignalPublisher)
        const consumer = Context.get(context, SignalConsumer)
        const [one, two] = [freshTopic(2), freshTopic(1)]
        for (const group of ["reads", "sleeps"]) yield* consumer.register({ group: `meter-${group}`, topics: [one, two] })
        yield* publish(Array.from({ length: 40 }, (_, n) => record(n < 30 ? one : two, `k${n}`, String(n))))
        const backlog = Effect.map(consumer.unread("meter-sleeps"), ({ messages }) => messages)
        assert.strictEqual(yield* backlog, 40)
        const received = yield* receive(consumer.deliveries({ group: "meter-reads", topics: [one, two] }))
        yield* ackAll((yield* received.atLeast(40)).filter(({ lane }) => lane.topic === two.name))
        assert.strictEqual((yield* consumer.unread("meter-reads")).messages, 30)
        assert.strictEqual(yield* backlog, 40)
        const page = yield* metrics.render
        assert.include(page, `reddit_processor_messages_total{topic="${one.name}"} 30`)
        assert.include(page, `reddit_processor_messages_total{topic="${two.name}"} 10`)
        assert.match(page, /^reddit_processor_kafka_poll_seconds_count [1-9]/m)
      }),
    )

    it.effect("gives up what is in flight of a partition that goes to another, and keeps what it keeps", () =>
      Effect.gen(function* () {
        const context = yield* bus()
        const { publish } = Context.get(context, SignalPublisher)
        const consumer = Context.get(context, SignalConsumer)
        const topic = freshTopic(2)
        const subscription = { group: "hand-over", topics: [topic] }
        yield* consumer.register(subscription)
        yield* publish(Array.from({ length: 40 }, (_, n) => record(topic, `k${n}`, String(n))))
        const first = yield* receive(consumer.deliveries(subscription))
        const inFlight = [...(yield* first.atLeast(40))]
        const second = yield* receive(consumer.deliveries(subscription))
        yield* until(() => second.all.length > 0)
        const moved = second.all[0]!.lane.partition
        const ofMoved = inFlight.filter(({ lane }) => lane.partition === moved)
        yield* second.atLeast(ofMoved.length)
        assert.deepStrictEqual(
          second.all.map(({ value }) => value),
          ofMoved.map(({ value }) => value),
        )
        yield* ackAll(inFlight)
        assert.strictEqual((yield* consumer.unread("hand-over")).messages, ofMoved.length)
        yield* ackAll(second.all)
        assert.strictEqual((yield* consumer.unread("hand-over")).messages, 0)
        assert.strictEqual(first.all.length, 40)
      }),
    )

    it.effect("keeps its partitions while messages take longer than a session", () =>
      Effect.gen(function* () {
        const context = yield* bus()
        const { publish } = Context.get(context, SignalPublisher)
        const consumer = Context.get(context, SignalConsumer)
        const topic = freshTopic(1)
        const subscription = { group: "slow-batch", topics: [topic] }
        yield* consumer.register(subscription)
        yield* publish(Array.from({ length: 5 }, (_, n) => record(topic, "k", String(n))))
        const received = yield* receive(consumer.deliveries(subscription))
        const batch = yield* received.atLeast(5)
        const from = Date.now()
        yield* until(() => Date.now() - from > 8_000)
        yield* ackAll(batch)
        assert.strictEqual((yield* consumer.unread("slow-batch")).messages, 0)
        assert.strictEqual(received.all.length, 5)
      }),
    )

    it.effect("goes on after its broker was killed and came back, with nothing lost", () =>
      Effect.gen(function* () {
        const kafka = yield* TestKafka
        const states: Array<string> = []
        const context = yield* bus({ onState: (state) => Effect.sync(() => void states.push(state)) })
        const { publish } = Context.get(context, SignalPublisher)
        const consumer = Context.get(context, SignalConsumer)
        const topic = freshTopic(3)
        const subscription = { group: "comes-back", topics: [topic] }
        yield* consumer.register(subscription)
        const received = yield* receive(consumer.deliveries(subscription), (delivery) => delivery.lane.ack([delivery.offset]))
        const tailed = yield* receive(consumer.tail([topic], 0))
        const send = (from: number) => publish(Array.from({ length: 50 }, (_, n) => record(topic, `k${n}`, String(from + n))))
        yield* send(0)
        yield* received.atLeast(50)
        yield* Effect.promise(() => kafka.brokers[0]!.kill("SIGKILL"))
        yield* until(() => states.includes("down"))
        yield* Effect.promise(() => kafka.brokers[0]!.start())
        yield* eventually(Effect.option(send(50)), ({ _tag }) => _tag === "Some")
        const all = new Set(Array.from({ length: 100 }, (_, n) => String(n)))
        yield* until(() => all.isSubsetOf(new Set(received.values())) && all.isSubsetOf(new Set(tailed.values())))
        yield* eventually(
          Effect.orElseSucceed(consumer.unread("comes-back"), () => ({ messages: -1 })),
          ({ messages }) => messages === 0,
        )
        assert.strictEqual(states.at(-1), "ok")
      }),
    )
  })
})
