import { signalsNormalised } from "@signalflow/domain/BusTopic"
import { SignalConsumer, type Delivery } from "@signalflow/domain/SignalBus"
import { duration } from "@signalflow/domain/SettingKinds"
import { SignalEvent } from "@signalflow/domain/SignalEvent"
import { Clock, Console, Duration, Effect, Option, Schema, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import { database, ports } from "../Embedded.ts"
import { Misused } from "../Failed.ts"
import { runtime } from "../Runtime.ts"

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(SignalEvent))

// oxlint-disable-next-line no-control-regex -- a terminal must not obey what somebody posted
const plain = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ")

/** JSON escapes the lower control characters by itself, and not these. */
const plainJson = (json: string): string => json.replace(/[\u007f-\u009f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)

/** One line for a person, cut to the width of a terminal. */
const line = (delivery: Delivery): string => {
  const event = Option.getOrUndefined(decode(delivery.value))
  const at = new Date(delivery.publishedAt).toISOString().slice(11, 19)
  if (event === undefined) return `${at}  unreadable  ${plain(delivery.key)}`
  if (event._tag !== "Observed") return `${at}  ${event._tag.toLowerCase()}  ${plain(delivery.key)}`
  const { signal } = event
  const text = plain(`${signal.title} ${signal.body}`.trim())
  const author = plain(signal.author ?? "-")
    .slice(0, 20)
    .padEnd(20)
  return `${at}  ${signal.platform.padEnd(10)}  ${signal.kind.padEnd(7)}  ${author}  ${text.slice(0, 100)}`
}

const length = duration("", "")

/** How long ago, in milliseconds; null = begin now. */
const ago = (since: Option.Option<string>) => {
  if (Option.isNone(since)) return Effect.succeed(null)
  return Option.match(length.parse(since.value), {
    onNone: () => Effect.fail(new Misused({ message: `--since is ${JSON.stringify(since.value)}: ${length.may}` })),
    onSome: (value) => Effect.succeed(Duration.toMillis(value)),
  })
}

export const tail = Command.make(
  "tail",
  {
    since: Flag.String("since").pipe(Flag.withDescription('Begin this long ago, for example "5 minutes"; default: now'), Flag.optional),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print each event as JSON"), Flag.withDefault(false)),
  },
  ({ since, json }) =>
    Effect.flatMap(ago(since), (millis) =>
      Effect.gen(function* () {
        const bus = yield* SignalConsumer
        const from = millis === null ? undefined : (yield* Clock.currentTimeMillis) - millis
        yield* bus
          .tail([signalsNormalised], from)
          .pipe(Stream.runForEach((delivery) => Console.log(json ? plainJson(delivery.value) : line(delivery))))
      }).pipe(Effect.provide(ports), Effect.provide(database("signalflow tail")), Effect.provide(runtime)),
    ),
).pipe(Command.withDescription("Print signals as they come"))
