import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiMiddleware } from "effect/http-api"
import { Authenticated, BadRequest, Unavailable } from "./Access.ts"
import { IsoTime } from "../Time.ts"
import { SignalView } from "./SignalView.ts"

export const pageSize = Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: 200 }))
/** Text that PostgreSQL can compare: it knows no NUL. */
export const filter = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(200), Schema.isPattern(/^[^\0]*$/))

export const SignalPage = Schema.Struct({
  results: Schema.Array(SignalView),
  /** Pass as `cursor` for the next page; null at the end. */
  next: Schema.NullOr(Schema.String),
})
export type SignalPage = typeof SignalPage.Type

export class Signals extends HttpApiGroup.make("signals")
  .add(
    /** Signals of all platforms, newest first (`sort=new`) or hottest first (`sort=hot`, the last 24 hours). */
    HttpApiEndpoint.get("list", "/signals", {
      query: {
        cursor: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(400))),
        page_size: Schema.optionalKey(pageSize),
        platform: Schema.optionalKey(filter),
        community: Schema.optionalKey(filter),
        author: Schema.optionalKey(filter),
        topic: Schema.optionalKey(filter),
        language: Schema.optionalKey(filter),
        kind: Schema.optionalKey(Schema.Literals(["post", "story", "comment", "video"])),
        sentiment: Schema.optionalKey(Schema.Literals(["positive", "neutral", "negative"])),
        since: Schema.optionalKey(IsoTime),
        until: Schema.optionalKey(IsoTime),
        sort: Schema.optionalKey(Schema.Literals(["new", "hot"])),
      },
      success: SignalPage,
      error: [BadRequest, Unavailable],
    }),
  )
  .middleware(Authenticated)
  .middleware(HttpApiMiddleware.ProblemDetails)
  .prefix("/api/v1") {}
