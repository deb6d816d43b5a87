import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { Contract } from "./Contract.ts"

export const Health = Schema.Struct({
  status: Schema.Literal("ok"),
  version: Schema.String,
  uptimeSeconds: Schema.Finite,
  /** `simulated` in a demo: nothing that is shown was said by real people. */
  world: Schema.Literals(["real", "simulated"]),
})
export type Health = typeof Health.Type

export const Ready = Schema.Struct({
  status: Schema.Literals(["ready", "degraded", "unready"]),
  dependencies: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      state: Schema.Literals(["ok", "degraded", "down"]),
      why: Schema.NullOr(Schema.String),
      since: Schema.String,
    }),
  ),
})
export type Ready = typeof Ready.Type

/** As `Ready`, with its status. */
export class NotReady extends Schema.Error<NotReady>("NotReady")(Ready.fields, { httpApiStatus: 503 }) {}

export class System extends HttpApiGroup.make("system", { topLevel: false })
  .add(
    /** Answers while the process lives; touches nothing else. */
    HttpApiEndpoint.get("health", "/health", { success: Health }),
    HttpApiEndpoint.get("healthAlias", "/api/health", { success: Health }),
    /** 200 while everything that is needed answers (degraded included), else 503; names every dependency. */
    HttpApiEndpoint.get("ready", "/ready", { success: Ready, error: NotReady }),
  )
  .middleware(Contract) {}
