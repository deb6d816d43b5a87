import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { Authenticated, BadRequest, Unavailable } from "./Access.ts"
import { Contract } from "./Contract.ts"
import { cursor, instant, pageSize, term } from "./Parameters.ts"
import { SignalView } from "./SignalView.ts"

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
        cursor: Schema.optionalKey(cursor),
        page_size: Schema.optionalKey(pageSize),
        platform: Schema.optionalKey(term),
        community: Schema.optionalKey(term),
        author: Schema.optionalKey(term),
        topic: Schema.optionalKey(term),
        language: Schema.optionalKey(term),
        kind: Schema.optionalKey(Schema.Literals(["post", "story", "comment", "video"])),
        sentiment: Schema.optionalKey(Schema.Literals(["positive", "neutral", "negative"])),
        since: Schema.optionalKey(instant),
        until: Schema.optionalKey(instant),
        sort: Schema.optionalKey(Schema.Literals(["new", "hot"])),
      },
      success: SignalPage,
      error: [BadRequest, Unavailable],
    }),
  )
  .middleware(Contract)
  .middleware(Authenticated)
  .prefix("/api/v1") {}
