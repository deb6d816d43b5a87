import { signalsNormalised } from "@signalflow/domain/bus/BusTopic"
import { type Delivery, SignalConsumer } from "@signalflow/domain/bus/SignalBus"
import { duration } from "@signalflow/domain/settings/SettingKinds"
import { Settings, type SettingValues } from "@signalflow/domain/settings/Settings"
import { type Fault, type KnownTopic, knownTopics } from "@signalflow/ingest/sources/reddit/discovery/BusTopics"
import { Clock, Console, Duration, Effect, Option, Result, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import { database, ports } from "../layers/Database.ts"
import { Failed, Misused } from "../print/Failed.ts"
import { jsonFlag } from "../print/JsonFlag.ts"
import { plain, plainJson } from "../print/TerminalText.ts"
import { beside, which } from "../running/Beside.ts"
import { lineOf } from "../print/TailLine.ts"

const length = duration("", "")

/** A length of time in milliseconds, null when it is not given. */
const millis = (flag: string, given: Option.Option<string>) => {
  if (Option.isNone(given)) return Effect.succeed(null)
  return Option.match(length.parse(given.value), {
    onNone: () => Effect.fail(new Misused({ message: `--${flag} is ${JSON.stringify(given.value)}: ${length.may}` })),
    onSome: (value) => Effect.succeed(Duration.toMillis(value)),
  })
}

const find = (name: string, settings: SettingValues) => {
  const all = knownTopics(settings)
  const found = all.find(({ topic }) => topic.name === name)
  return found === undefined
    ? Effect.fail(
        new Misused({
          message: `--topic is ${JSON.stringify(name)}: one of ${all
            .map(({ topic }) => topic.name)
            .sort()
            .join(", ")}`,
        }),
      )
    : Effect.succeed(found)
}

interface Tailing {
  readonly since: number | null
  readonly during: number | null
  readonly limit: number
  readonly json: boolean
}

const complaint = (known: KnownTopic, { lane, offset, key }: Delivery, faults: ReadonlyArray<Fault>, json: boolean) =>
  json
    ? plainJson(JSON.stringify({ invalid: { topic: known.topic.name, partition: lane.partition, offset, key, faults } }))
    : `not valid: ${known.topic.name}, partition ${lane.partition}, offset ${offset}, key ${plain(key)}: ${faults
        .map(({ path, why }) => plain(`${path}: ${why}`))
        .join("; ")}`

/** Prints what comes on a topic. What is not valid is told on standard error, with the path of the field, and makes the end a failure. */
export const follow = (known: KnownTopic, { since, during, limit, json }: Tailing) =>
  Effect.gen(function* () {
    const bus = yield* SignalConsumer
    const from = since === null ? undefined : (yield* Clock.currentTimeMillis) - since
    let read = 0
    let invalid = 0
    const show = (delivery: Delivery) => {
      read++
      const line = lineOf(known, delivery)
      if (Result.isSuccess(line)) return Console.log(json ? plainJson(delivery.value) : line.success)
      invalid++
      return Console.error(complaint(known, delivery, line.failure, json))
    }
    const messages = bus.tail([known.topic], from).pipe(Stream.take(limit))
    const summary = () => `${invalid} of ${read} messages of ${known.topic.name} are not valid`
    yield* Stream.runForEach(during === null ? messages : Stream.interruptWhen(messages, Effect.sleep(during)), show).pipe(
      Effect.onInterrupt(() => {
        if (invalid === 0) return Effect.void
        process.exitCode = 1
        return Console.error(`signalflow: ${summary()}`)
      }),
    )
    if (invalid > 0) return yield* new Failed({ message: summary() })
  })

export const tail = Command.make(
  "tail",
  {
    topic: Flag.String("topic").pipe(
      Flag.withDescription("Topic to read, for example reddit.submissions"),
      Flag.withDefault(signalsNormalised.name),
    ),
    since: Flag.String("since").pipe(Flag.withDescription('Begin this long ago, for example "5 minutes"; default: now'), Flag.optional),
    during: Flag.String("for").pipe(Flag.withDescription('End after this long, for example "10 seconds"'), Flag.optional),
    limit: Flag.Int("limit").pipe(Flag.withDescription("End after so many messages"), Flag.optional),
    ...which,
    json: jsonFlag("Print each message as JSON"),
  },
  ({ topic, since, during, limit, json, ...given }) =>
    Effect.gen(function* () {
      const known = yield* find(topic, yield* Settings)
      const most = Option.getOrElse(limit, () => Infinity)
      if (most < 1) return yield* new Misused({ message: `--limit is ${most}: 1 or more` })
      const tailing = {
        since: yield* millis("since", since),
        during: yield* millis("for", during),
        limit: most,
        json,
      }
      yield* follow(known, tailing).pipe(Effect.provide(ports), Effect.provide(database("signalflow tail")))
    }).pipe(Effect.provide(beside("tail", given))),
).pipe(Command.withDescription("Print and check the messages of a topic as they come: signals, or what discovery has found"))
