import { emit, readEmission, type Emission } from "./world/Emission.ts"
import { readFaultPlan, type Faults } from "./faults/Faults.ts"
import { json, type Reply } from "./Protocol.ts"
import type { Source } from "./world/Source.ts"
import { isPlatform, PLATFORMS } from "./truth/Truth.ts"

const PAGE = 10_000
const LARGEST_PAGE = 100_000
const MOST_EMISSIONS = 16
/** Over the life of a simulator: every emitted signal stays in memory. */
const MOST_SIGNALS = 2_000_000

const wrong = (message: string): Reply => json({ error: message }, 400)

const number = (value: string | null, fallback: number): number => (value === null || value === "" ? fallback : Number(value))

/** What tests and demonstrations ask of the simulator itself: everything under `/__`. */
export interface Control {
  readonly get: (url: URL) => Reply | null
  readonly post: (url: URL, body: string) => Reply | Promise<Reply> | null
  readonly emissions: () => ReadonlyArray<Emission>
  readonly close: () => void
}

export const control = (source: Source, faults: Faults, wake: () => void, watch: () => Readonly<Record<string, number>>): Control => {
  const emissions: Array<Emission> = []
  let batches = 0
  let accepted = 0

  const truth = ({ searchParams: query }: URL): Reply => {
    const since = number(query.get("since"), 0)
    const until = number(query.get("until"), Infinity)
    const limit = number(query.get("limit"), PAGE)
    if (Number.isNaN(since) || Number.isNaN(until)) return wrong("since and until are unix milliseconds")
    if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_PAGE) return wrong(`limit is a whole number from 1 to ${LARGEST_PAGE}`)
    const platform = query.get("platform")
    if (platform !== null && !isPlatform(platform)) return wrong(`platform is one of ${PLATFORMS.join(", ")}`)
    return json(source.truth({ platform, batch: query.get("batch"), since, until, after: query.get("after"), limit }))
  }

  const startEmission = (input: unknown): Reply | Promise<Reply> => {
    if (source.publish === null) return json({ error: "recordings cannot be added to" }, 409)
    const request = readEmission(input, `emit-${++batches}`)
    if (typeof request === "string") return wrong(request)
    const running = emissions.filter((each) => each.emitted() < each.count)
    if (running.length >= MOST_EMISSIONS) return json({ error: `${MOST_EMISSIONS} emissions are running already` }, 429)
    if (accepted + request.count > MOST_SIGNALS) return json({ error: `no more than ${MOST_SIGNALS} signals can be emitted` }, 429)
    accepted += request.count
    const emission = emit(source.publish, wake, request)
    emissions.splice(0, emissions.length, ...running, emission)
    const { batch, count } = request
    return request.wait ? emission.done.then((signals) => json({ batch, count: signals.length, signals })) : json({ batch, count }, 202)
  }

  return {
    emissions: () => emissions,
    close: () => {
      for (const emission of emissions) emission.stop()
    },
    get: (url) => {
      if (url.pathname === "/__truth") return truth(url)
      if (url.pathname === "/__truth/summary") {
        return json({
          ...source.summary(),
          ...watch(),
          emissions: emissions.map((each) => ({ batch: each.batch, count: each.count, emitted: each.emitted() })),
        })
      }
      return url.pathname === "/__faults" ? json({ faults: faults.plan, done: faults.done }) : null
    },
    post: ({ pathname }, body) => {
      if (pathname !== "/__faults" && pathname !== "/__emit" && pathname !== "/__remove") return null
      let input: unknown
      try {
        input = body === "" ? {} : JSON.parse(body)
      } catch (cause) {
        return wrong(`the body is not valid JSON: ${(cause as Error).message}`)
      }
      if (pathname === "/__emit") return startEmission(input)
      if (pathname === "/__remove") {
        const id = (input as { id?: unknown } | null)?.id
        if (typeof id !== "string") return wrong("remove wants {id}")
        const removed = source.retract(id)
        wake()
        return removed ? json({ removed: id }) : json({ error: `${id} was not emitted, or is removed already` }, 404)
      }
      const plan = readFaultPlan(input)
      if (typeof plan === "string") return wrong(plan)
      faults.plan = plan
      wake()
      return json({ faults: plan, done: faults.done })
    },
  }
}
