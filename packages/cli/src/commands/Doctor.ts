import { Console, Effect, Stream } from "effect"
import { Command } from "effect/cli"
import type { Check } from "../doctor/Check.ts"
import { checks } from "../doctor/Checks.ts"
import { Failed } from "../print/Failed.ts"
import { jsonFlag } from "../print/JsonFlag.ts"
import { beside, which } from "../running/Beside.ts"

const mark: Record<Check["state"], string> = { ok: "✓", warning: "!", failed: "✗" }

export const doctor = Command.make("doctor", { ...which, json: jsonFlag() }, ({ json, ...given }) =>
  Effect.gen(function* () {
    const done = yield* checks.pipe(
      Stream.tap((check) =>
        json
          ? Effect.void
          : Console.log(
              `${mark[check.state]} ${check.name.padEnd(18)} ${check.found}${check.todo === null ? "" : `\n  ${" ".repeat(18)} → ${check.todo}`}`,
            ),
      ),
      Stream.runCollect,
    )
    if (json) yield* Console.log(JSON.stringify({ checks: done }))
    const bad = done.filter((check) => check.state === "failed").length
    if (bad > 0) return yield* new Failed({ message: `${bad} of ${done.length} checks failed` })
  }).pipe(Effect.provide(beside("doctor", given))),
).pipe(Command.withDescription("Check Node, ports, disk, servers, upstreams and sources, and say what to do"))
