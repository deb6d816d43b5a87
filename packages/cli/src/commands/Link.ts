import { Settings } from "@signalflow/domain/settings/Settings"
import { LinkCodes, signInLink } from "@signalflow/server/accounts/LinkCodes"
import { Console, Effect } from "effect"
import { Command } from "effect/cli"
import { database } from "../layers/Database.ts"
import { jsonFlag } from "../print/JsonFlag.ts"
import { beside, which } from "../running/Beside.ts"
import { linkBase } from "../running/LinkBase.ts"

export const link = Command.make("link", { ...which, json: jsonFlag("Print JSON with the code alone as well") }, ({ json, ...given }) =>
  Effect.gen(function* () {
    const settings = yield* Settings
    const { url: base, warning } = linkBase(settings, settings.PORT)
    const { code, expiresAt } = yield* (yield* LinkCodes).issue()
    const url = signInLink(base, code)
    yield* Console.log(json ? JSON.stringify({ url, code, expiresAt: new Date(expiresAt).toISOString() }) : url)
    if (warning !== null) yield* Console.error(`signalflow: ${warning}`)
  }).pipe(Effect.provide(LinkCodes.layer), Effect.provide(database("signalflow link")), Effect.provide(beside("link", given))),
).pipe(Command.withDescription("Print another link that signs a browser in: single use, 10 minutes"))
