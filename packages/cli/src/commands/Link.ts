import { Settings } from "@signalflow/domain/Settings"
import { LinkCodes, signInLink } from "@signalflow/server/access/LinkCodes"
import { urlHost } from "@signalflow/server/Listening"
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { database } from "../Embedded.ts"
import { jsonFlag } from "../JsonFlag.ts"
import { runtime } from "../Runtime.ts"
import { demoDirectory } from "./Demo.ts"

export const link = Command.make(
  "link",
  {
    demo: Flag.Boolean("demo").pipe(Flag.withDescription("For the running demo"), Flag.withDefault(false)),
    json: jsonFlag("Print JSON with the code alone as well"),
  },
  ({ demo, json }) =>
    Effect.suspend(() => {
      if (demo) Object.assign(process.env, { DATA_DIR: demoDirectory(), DATABASE_URL: "", POSTGRES_HOST: "" })
      return Effect.gen(function* () {
        const { HOST, PORT } = yield* Settings
        const { code, expiresAt } = yield* (yield* LinkCodes).issue()
        const url = signInLink(`http://${urlHost(HOST)}:${PORT}`, code)
        yield* Console.log(json ? JSON.stringify({ url, code, expiresAt: new Date(expiresAt).toISOString() }) : url)
      }).pipe(Effect.provide(LinkCodes.layer), Effect.provide(database("signalflow link")), Effect.provide(runtime))
    }),
).pipe(Command.withDescription("Print another link that signs a browser in: single use, 10 minutes"))
