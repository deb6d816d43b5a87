import { Ready } from "@signalflow/domain/api/System"
import { Effect, Option, Schema } from "effect"
import { request } from "node:http"

const PATIENCE = 5_000
const MOST = 1 << 20

interface Asked {
  readonly host: string
  readonly port: number
  /** The `Host` that the server answers to. */
  readonly name: string
  readonly path: string
}

/** The body of a short answer, whatever its status; null: none came. */
export const ask = ({ host, port, name, path }: Asked): Effect.Effect<string | null> =>
  Effect.callback((resume) => {
    const done = (body: string | null) => resume(Effect.succeed(body))
    const asked = request({ host, port, path, headers: { host: name }, timeout: PATIENCE }, (response) => {
      let body = ""
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text
        if (body.length > MOST) response.destroy()
      })
      response.once("end", () => done(body)).once("error", () => done(null))
    })
    asked.once("timeout", () => asked.destroy()).once("error", () => done(null))
    asked.once("close", () => done(null))
    asked.end()
    return Effect.sync(() => asked.destroy())
  })

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Ready))

/** What a program's `/ready` says; null: nothing that can be understood. */
export const ready = (asked: Omit<Asked, "path">): Effect.Effect<Ready | null> =>
  Effect.map(ask({ ...asked, path: "/ready" }), (body) => (body === null ? null : Option.getOrNull(decode(body))))
