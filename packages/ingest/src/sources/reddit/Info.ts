import { Effect, Option, Result, type Scope } from "effect"
import { SourceError } from "../../SourceAdapter.ts"
import type { Client } from "./Client.ts"
import * as Gather from "./RequestBatcher.ts"
import { decodePage } from "./Thing.ts"

const GATHER_MS = 1_000
/** What falls due together is asked for one request after another, fifteen a minute, and all of it within two minutes however much it is. */
const PAUSE_MS = 4_000
const SPREAD_MS = 120_000

export interface Found {
  /** null = Reddit does not know this thing, or does not show it. */
  readonly child: unknown
  readonly askedAt: number
}

const nameOf = (child: unknown) => (child as { data?: { name?: unknown } } | null)?.data?.name

/** Things by their fullnames, a hundred a request (`/api/info`), whichever target asks. */
export const make = (client: Client, together: number): Effect.Effect<Gather.Gather<string, Found>, never, Scope.Scope> =>
  Gather.make<string, Found>({
    windowMs: GATHER_MS,
    room: (names) => names.length < together,
    pauseMs: (open) => Math.min(PAUSE_MS, SPREAD_MS / Math.ceil(open / together)),
    call: Effect.fnUntraced(function* (names: ReadonlyArray<string>) {
      const { body, askedAt } = yield* client.get("/api/info", { id: names.join(",") }, "second")
      const page = Option.getOrNull(decodePage(body))
      if (page === null) return yield* new SourceError({ reason: "malformed", message: "/api/info sent something else than a listing" })
      // That all of many are gone at once is more likely a mistake than the truth.
      if (page.children.length === 0 && names.length > 5)
        return yield* new SourceError({ reason: "malformed", message: `/api/info knows none of ${names.length} things` })
      const children = new Map(page.children.map((child) => [nameOf(child), child]))
      return new Map(names.map((name) => [name, Result.succeed({ child: children.get(name) ?? null, askedAt })]))
    }),
  })
