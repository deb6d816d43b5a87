import { HttpApi, OpenApi } from "effect/http-api"
import { completed, VERSION } from "./Document.ts"
import { Accounts } from "./Accounts.ts"
import { Signals } from "./Signals.ts"
import { Sources } from "./Sources.ts"
import { System } from "./System.ts"
import { Trends } from "./Trends.ts"

/** The whole HTTP contract: server, typed client and OpenAPI are made from it. */
export class Api extends HttpApi.make("signalflow")
  .add(System, Accounts, Signals, Trends, Sources)
  .annotateMerge(
    OpenApi.annotations({
      title: "SignalFlow",
      version: VERSION,
      transform: completed,
      description: "What is taking off, where it began, and how people feel about it.",
    }),
  ) {}
