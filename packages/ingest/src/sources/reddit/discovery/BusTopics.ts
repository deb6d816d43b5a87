import { type BusTopic, signalsNormalised } from "@signalflow/domain/bus/BusTopic"
import { dlqTopics } from "@signalflow/domain/deadletters/DeadLetterTopics"
import { CommentFound, discoveryTopics, SubmissionFound } from "@signalflow/domain/sources/Discovered"
import { RawEvent } from "@signalflow/domain/signals/RawEvent"
import type { SettingValues } from "@signalflow/domain/settings/Settings"
import { SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import { Exit, Result, Schema, SchemaIssue } from "effect"
import { sources } from "../../../Sources.ts"

/** Where a message is not as it should be: the path of the field, and what is wrong there. */
export interface Fault {
  readonly path: string
  readonly why: string
}

type Read<A> = (value: string) => Result.Result<A, ReadonlyArray<Fault>>

const MOST_FAULTS = 5
const faultsOf = SchemaIssue.makeFormatterStandardSchemaV1()

const pathOf = (path: ReadonlyArray<unknown>): string =>
  path.map((key) => (typeof key === "object" && key !== null && "key" in key ? String(key.key) : String(key))).join(".") || "(message)"

const reading = <A>(schema: Schema.Codec<A, unknown>): Read<A> => {
  const decode = Schema.decodeUnknownExit(schema, { errors: "all" })
  return (value) => {
    let json: unknown
    try {
      json = JSON.parse(value)
    } catch {
      return Result.fail([{ path: "(message)", why: "not valid JSON" }])
    }
    const decoded = decode(json)
    if (Exit.isSuccess(decoded)) return Result.succeed(decoded.value)
    const failed = decoded.cause.reasons.find((reason) => reason._tag === "Fail")
    const issues = failed === undefined ? [] : faultsOf(failed.error.issue).issues
    return Result.fail(issues.slice(0, MOST_FAULTS).map(({ path = [], message }) => ({ path: pathOf(path), why: message.slice(0, 200) })))
  }
}

/** What a topic holds. */
export type Content =
  | { readonly _tag: "Signals"; readonly read: Read<SignalEvent> }
  | { readonly _tag: "Submissions"; readonly read: Read<typeof SubmissionFound.Type> }
  | { readonly _tag: "Comments"; readonly read: Read<typeof CommentFound.Type> }
  | { readonly _tag: "Raw"; readonly read: Read<RawEvent> }
  /** Messages as they were, and what was wrong with them in the headers. */
  | { readonly _tag: "Dead" }

export type KnownTopic = Content & { readonly topic: BusTopic }

const signals = { _tag: "Signals", read: reading(SignalEvent) } satisfies Content
const submissions = { _tag: "Submissions", read: reading(SubmissionFound) } satisfies Content
const comments = { _tag: "Comments", read: reading(CommentFound) } satisfies Content
const raw = { _tag: "Raw", read: reading(RawEvent) } satisfies Content

/** Every topic there is, with what may stand there. */
export const knownTopics = (settings: SettingValues): ReadonlyArray<KnownTopic> => {
  const discovered = discoveryTopics(settings)
  const all = new Map<string, KnownTopic>()
  for (const topic of sources.flatMap((source) => source.rawTopics(settings))) all.set(topic.name, { topic, ...raw })
  all.set(discovered.comments.name, { topic: discovered.comments, ...comments })
  all.set(discovered.submissions.name, { topic: discovered.submissions, ...submissions })
  all.set(signalsNormalised.name, { topic: signalsNormalised, ...signals })
  for (const dead of dlqTopics(settings)) all.set(dead.name, { topic: dead, _tag: "Dead" })
  return [...all.values()]
}
