import { KINDS, type Publication, type PublicationKind, type Published } from "../World.ts"
import { isPlatform, PLATFORMS } from "../truth/Truth.ts"

export interface EmissionRequest extends Publication {
  readonly count: number
  readonly perSecond: number
}

export interface Emission {
  readonly batch: string
  readonly count: number
  /** How many are out; they are in the truth under the batch's name. */
  readonly emitted: () => number
  readonly done: Promise<ReadonlyArray<Published>>
  readonly stop: () => void
}

const TICK_MS = 5

/** Publishes at a steady pace; every signal is dated with the moment at which it went out. */
export const emit = (publish: (publication: Publication) => Published, wake: () => void, request: EmissionRequest): Emission => {
  const published: Array<Published> = []
  const began = performance.now()
  let timer: NodeJS.Timeout | undefined
  let finish: (published: ReadonlyArray<Published>) => void = () => {}
  const done = new Promise<ReadonlyArray<Published>>((resolve) => {
    finish = resolve
  })
  const step = () => {
    const due = Math.min(request.count, 1 + Math.floor(((performance.now() - began) / 1000) * request.perSecond))
    while (published.length < due) published.push(publish(request))
    wake()
    if (published.length < request.count) timer = setTimeout(step, TICK_MS)
    else finish(published)
  }
  step()
  return {
    batch: request.batch,
    count: request.count,
    emitted: () => published.length,
    done,
    stop: () => {
      clearTimeout(timer)
      finish(published)
    },
  }
}

const MOST = 1_000_000

const known = new Set(["count", "perSecond", "platform", "kind", "batch", "text", "createdAt", "community", "wait"])

/** Reads a request from JSON; a wrong name or value is told. */
export const readEmission = (input: unknown, batch: string): (EmissionRequest & { readonly wait: boolean }) | string => {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return "an emission is a JSON object"
  const given = input as Record<string, unknown>
  const strange = Object.keys(given).find((name) => !known.has(name))
  if (strange !== undefined) return `${strange} is not known; these are: ${[...known].join(", ")}`
  const { count = 1, perSecond = 1000, platform = "bluesky", text = null, createdAt = null, community = null, wait = false } = given
  if (typeof count !== "number" || !Number.isInteger(count) || count < 1 || count > MOST)
    return `count is ${JSON.stringify(count)}: a whole number from 1 to ${MOST}`
  if (typeof perSecond !== "number" || !(perSecond > 0 && perSecond <= 20_000))
    return `perSecond is ${JSON.stringify(perSecond)}: a number above 0, up to 20000`
  if (!isPlatform(platform)) return `platform is ${JSON.stringify(platform)}: one of ${PLATFORMS.join(", ")}`
  const kind = (given["kind"] ?? KINDS[platform][0]) as PublicationKind
  if (!KINDS[platform].includes(kind)) return `${platform} has no ${String(kind)}: ${KINDS[platform].join(" or ")}`
  if (text !== null && typeof text !== "string") return "text must be a string"
  if (createdAt !== null && typeof createdAt !== "string") return "createdAt must be a string"
  if (community !== null && typeof community !== "string") return "community must be a string"
  const name = given["batch"] ?? batch
  if (typeof name !== "string" || !/^[\w-]{1,64}$/.test(name)) return "batch must be 1 to 64 letters, digits, - or _"
  return { count, perSecond, platform, kind, batch: name, text, createdAt, community, wait: wait === true }
}
