import { Platform } from "@signalflow/domain/signals/Platform"
import { keyOf, type SourceConfig } from "@signalflow/domain/sources/Source"
import { SourceConfigs } from "@signalflow/domain/sources/SourceConfigs"
import { sources } from "@signalflow/ingest/Sources"
import { checkTarget, optionsFault } from "@signalflow/ingest/targets/TargetCheck"
import { describe } from "@signalflow/ingest/targets/TargetFilter"
import { Console, Effect, Option, Result } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { database, ports } from "../../layers/Database.ts"
import { Failed, Misused } from "../../print/Failed.ts"
import { jsonFlag } from "../../print/JsonFlag.ts"
import { alreadyWatched, intervalNamed, platformNamed, tierNamed, twinOf } from "./NewTarget.ts"
import { beside, type Which, which } from "../../running/Beside.ts"
import { sourceStates } from "../../print/SourceStates.ts"

const platform = Argument.String("platform").pipe(Argument.withDescription("For example hackernews, bluesky, reddit, youtube, feed"))
const target = Argument.String("target").pipe(
  Argument.withDescription("What to watch there: a subreddit, a channel, the address of a feed…"),
)
const json = jsonFlag()
const tier = Flag.String("tier").pipe(Flag.withDescription("fast 30 s, medium 2 min, slow 10 min"), Flag.optional)
const interval = Flag.String("interval").pipe(Flag.withDescription("Seconds between polls, in place of the tier's"), Flag.optional)
const options = Flag.String("options").pipe(Flag.withDescription("Options of the source as a JSON object"), Flag.optional)
const terms = (name: string, about: string) =>
  Flag.String(name).pipe(Flag.withDescription(`${about}: words or phrases, comma-separated; empty = no such filter`), Flag.optional)
const include = terms("include", "Let through only what holds one of these")
const exclude = terms("exclude", "Leave out what holds one of these")
const sample = Flag.Finite("sample").pipe(
  Flag.withDescription("Share 0–1 that is let through, the same things always; 1 = all"),
  Flag.optional,
)
const shard = Flag.Int("shard").pipe(Flag.withDescription("Which ingest program reads it: its INGESTION_SHARD_ID"), Flag.optional)
const given = { tier, interval, options, include, exclude, sample, shard }

/** As far as INGESTION_SHARD_ID goes. */
const MOST_SHARD = 1_000

const connected = <A, E, R>(command: string, program: Which, effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.provide(ports), Effect.provide(database("signalflow source")), Effect.provide(beside(`source ${command}`, program)))

const unusable = (why: string) => new Misused({ message: `This target cannot be used: ${why}` })

const parseOptions = (text: string) => {
  const wrong = new Misused({
    message: `--options is ${JSON.stringify(text.slice(0, 200))}: it must be a JSON object, such as {"sort":"hot"}`,
  })
  return Effect.try({ try: () => JSON.parse(text) as unknown, catch: () => wrong }).pipe(
    Effect.filterOrFail(
      (value): value is SourceConfig["options"] => typeof value === "object" && value !== null && !Array.isArray(value),
      () => wrong,
    ),
  )
}

interface Given {
  readonly tier: Option.Option<string>
  readonly interval: Option.Option<string>
  readonly options: Option.Option<string>
  readonly include: Option.Option<string>
  readonly exclude: Option.Option<string>
  readonly sample: Option.Option<number>
  readonly shard: Option.Option<number>
}

const listed = (text: string) =>
  text
    .split(",")
    .map((term) => term.trim())
    .filter((term) => term !== "")

/** The options with the filter that was given; what lets everything through is left out. */
const withFilter = (options: SourceConfig["options"], { include, exclude, sample }: Given): SourceConfig["options"] => {
  const changed = { ...options }
  const set = (name: string, value: unknown, passesAll: boolean) => {
    if (passesAll) delete changed[name]
    else changed[name] = value
  }
  if (Option.isSome(include)) set("include", listed(include.value), listed(include.value).length === 0)
  if (Option.isSome(exclude)) set("exclude", listed(exclude.value), listed(exclude.value).length === 0)
  if (Option.isSome(sample)) set("sample", sample.value, sample.value === 1)
  return changed
}

const withGiven = (config: SourceConfig, given: Given) =>
  Effect.gen(function* () {
    const named = Option.isSome(given.options) ? yield* parseOptions(given.options.value) : config.options
    const changed: SourceConfig = {
      ...config,
      options: named,
      ...(Option.isSome(given.tier) ? { tier: yield* tierNamed(given.tier.value) } : {}),
      ...(Option.isSome(given.interval) ? { intervalMs: yield* intervalNamed(given.interval.value) } : {}),
      ...(Option.isSome(given.shard) ? { shard: given.shard.value } : {}),
    }
    if (changed.shard < 0 || changed.shard > MOST_SHARD)
      return yield* new Misused({ message: `--shard is ${changed.shard}: 0 to ${MOST_SHARD}` })
    const options = withFilter(changed.options, given)
    const adapter = sources.find(({ platform }) => platform === config.platform)
    const fault = adapter === undefined ? null : optionsFault(options, adapter.rules, config.platform)
    if (fault !== null) return yield* unusable(fault)
    return { ...changed, options }
  })

const find = (name: string, what: string) =>
  Effect.gen(function* () {
    const all = yield* (yield* SourceConfigs).list
    const found = all.find((config) => config.platform === name && config.target === what)
    return found ?? (yield* new Failed({ message: `${name} has no target ${JSON.stringify(what)}: see "signalflow source list"` }))
  })

const line = (config: SourceConfig) =>
  [
    `${config.platform.padEnd(12)} ${config.target.padEnd(30)} ${config.intervalMs === null ? config.tier : `${config.intervalMs / 1_000} s`}`,
    ...(config.active ? [] : ["paused"]),
    ...(config.shard === 0 ? [] : [`shard ${config.shard}`]),
    ...[describe(config.options)].filter((filter) => filter !== ""),
  ].join("  ")

const list = Command.make("list", { ...which, json }, ({ json, ...program }) =>
  connected(
    "list",
    program,
    Effect.gen(function* () {
      const all = yield* (yield* SourceConfigs).list
      if (json) return yield* Console.log(JSON.stringify(all))
      const states = yield* sourceStates
      for (const config of all) {
        yield* Console.log(line(config))
        const state = config.active ? states.get(keyOf(config)) : undefined
        if (state !== undefined) yield* Console.log(state)
      }
      if (all.length === 0) yield* Console.log('Nothing is watched yet: "signalflow up" adds the default targets at its first start.')
    }),
  ),
).pipe(Command.withDescription("Print what is watched"))

const add = Command.make("add", { platform, target, ...given, ...which }, ({ platform, target, demo, up, ...given }) =>
  Effect.gen(function* () {
    const { rules, platform: name } = yield* platformNamed(platform)
    const fresh = {
      platform: Platform.make(name),
      target,
      tier: "medium" as const,
      intervalMs: null,
      options: {},
      active: true,
      shard: 0,
    }
    const config = yield* withGiven(fresh, given)
    const key = checkTarget(config, rules, name)
    if (Result.isFailure(key)) return yield* unusable(key.failure)
    yield* connected(
      "add",
      { demo, up },
      Effect.gen(function* () {
        const configs = yield* SourceConfigs
        const twin = twinOf(key.success, rules, name, yield* configs.list)
        if (twin !== null) return yield* alreadyWatched(twin)
        yield* configs.put(config)
        yield* Console.log(line(config))
      }),
    )
  }),
).pipe(Command.withDescription("Watch a target; a running program picks it up by itself"))

const change = (name: string, about: string, to: (config: SourceConfig, given: Given) => Effect.Effect<SourceConfig, Misused>) =>
  Command.make(name, { platform, target, ...given, ...which }, ({ platform, target, demo, up, ...given }) =>
    connected(
      name,
      { demo, up },
      Effect.gen(function* () {
        const config = yield* to(yield* find(platform, target), given)
        yield* (yield* SourceConfigs).put(config)
        yield* Console.log(line(config))
      }),
    ),
  ).pipe(Command.withDescription(about))

const remove = Command.make("remove", { platform, target, ...which }, ({ platform, target, ...program }) =>
  connected(
    "remove",
    program,
    Effect.gen(function* () {
      yield* find(platform, target)
      yield* (yield* SourceConfigs).remove(platform, target)
      yield* Console.log(`${platform} ${target} is not watched any more; its signals stay until RETENTION_DAYS are over`)
    }),
  ),
).pipe(Command.withDescription("Stop watching a target"))

export const source = Command.make("source").pipe(
  Command.withDescription("What is watched: list, add, set, pause, resume, remove"),
  Command.withSubcommands([
    list,
    add,
    change("set", "Change how often or how a target is watched", withGiven),
    change("pause", "Keep a target, but do not watch it", (config) => Effect.succeed({ ...config, active: false })),
    change("resume", "Watch a paused target again", (config) => Effect.succeed({ ...config, active: true })),
    remove,
  ]),
)
