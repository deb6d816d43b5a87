import { type PostSort, postSorts } from "@signalflow/domain/sources/Discovered"
import type { SettingValues } from "@signalflow/domain/settings/Settings"
import type { SourceConfig } from "@signalflow/domain/sources/Source"
import type { TargetOption } from "../../../targets/TargetCheck.ts"
import { Option, Result, Schema } from "effect"

/** How much discovery reads in one round. */
export interface DiscoveryOptions {
  /** Popular subreddits. */
  readonly subreddits: number
  /** Posts of each. */
  readonly posts: number
  /** Comments of each new post; 0 = none. */
  readonly comments: number
  readonly sort: PostSort
}

const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const decoders: Readonly<
  Record<keyof DiscoveryOptions, { readonly may: string; readonly decode: (value: unknown) => Option.Option<unknown> }>
> = {
  subreddits: { may: "a whole number from 1 to 100", decode: Schema.decodeUnknownOption(whole(1, 100)) },
  posts: { may: "a whole number from 1 to 100", decode: Schema.decodeUnknownOption(whole(1, 100)) },
  comments: { may: "a whole number from 0 to 500", decode: Schema.decodeUnknownOption(whole(0, 500)) },
  sort: { may: `one of ${postSorts.join(", ")}`, decode: Schema.decodeUnknownOption(Schema.Literals(postSorts)) },
}

/** The same, for whoever writes a target. */
export const optionRules: Readonly<Record<string, TargetOption>> = Object.fromEntries(
  Object.entries(decoders).map(([name, { may, decode }]) => [name, { may, holds: (value: unknown) => Option.isSome(decode(value)) }]),
)

/** The options of a target, for the rest the settings; or what is wrong with one. */
export const discoveryOptions = (options: SourceConfig["options"], settings: SettingValues): Result.Result<DiscoveryOptions, string> => {
  for (const [name, { may, decode }] of Object.entries(decoders))
    if (options[name] !== undefined && Option.isNone(decode(options[name])))
      return Result.fail(`${name} is ${(JSON.stringify(options[name]) ?? "").slice(0, 100)}: ${may}`)
  const given = options as Partial<DiscoveryOptions>
  return Result.succeed({
    subreddits: given.subreddits ?? settings.REDDIT_SUBREDDIT_LIMIT,
    posts: given.posts ?? settings.REDDIT_POSTS_PER_SUBREDDIT,
    comments: given.comments ?? settings.REDDIT_COMMENT_LIMIT,
    sort: given.sort ?? settings.REDDIT_POST_SORT,
  })
}
