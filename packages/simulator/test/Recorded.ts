import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import type { Json } from "./harness.ts"

/** `SIGNALFLOW_TEST_DATA`; "" where the recorded data is absent, which CI does not allow. */
export const data = process.env["SIGNALFLOW_TEST_DATA"] ?? ""
if (data === "" && process.env["CI"] === "true") throw new Error("the recorded data is missing: SIGNALFLOW_TEST_DATA")

const read = (path: string): unknown => {
  const bytes = readFileSync(path)
  return JSON.parse((path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"))
}

/** Every JSON file of a folder of the recorded data. */
export const recordedIn = (...folder: ReadonlyArray<string>): ReadonlyArray<unknown> =>
  readdirSync(join(data, ...folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.json(\.gz)?$/.test(entry.name))
    .map((entry) => read(join(data, ...folder, entry.name)))

/** The JSON bodies inside recorded cassettes, from `since` (a year) on. */
export const cassetteBodies = (folder: string, since: number): ReadonlyArray<unknown> =>
  recordedIn("reddit", "cassettes", folder).flatMap((cassette) => {
    const { interactions, http_interactions, recorded_at } = cassette as Record<string, Json>
    return (interactions ?? http_interactions ?? []).flatMap((each: Json) => {
      if (Number(String(each.recorded_at ?? recorded_at).slice(0, 4)) < since || each.response.status.code !== 200) return []
      try {
        return [JSON.parse(each.response.body.string)]
      } catch {
        return []
      }
    })
  })

/** Every object with `kind` and its own fields under `data` (Reddit), or directly (YouTube). */
export const thingsIn = (body: unknown, found: Array<{ kind: string; fields: Record<string, unknown> }> = []) => {
  if (Array.isArray(body)) for (const each of body) thingsIn(each, found)
  else if (typeof body === "object" && body !== null) {
    const { kind, data: inner } = body as { kind?: unknown; data?: unknown }
    if (typeof kind === "string")
      found.push({ kind, fields: (typeof inner === "object" && inner !== null ? inner : body) as Record<string, unknown> })
    for (const each of Object.values(body)) thingsIn(each, found)
  }
  return found
}

const typeOf = (value: unknown): string => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value)

/** Field by field: how many had it, and of which types it was. Paths go into objects, not into lists. */
export const shapeOf = (things: ReadonlyArray<Record<string, unknown>>, deep: boolean) => {
  const shape = new Map<string, { count: number; types: Set<string> }>()
  const note = (value: Record<string, unknown>, prefix: string) => {
    for (const [name, field] of Object.entries(value)) {
      const known = shape.get(prefix + name) ?? { count: 0, types: new Set() }
      known.count++
      known.types.add(typeOf(field))
      shape.set(prefix + name, known)
      if (deep && typeOf(field) === "object") note(field as Record<string, unknown>, `${prefix}${name}.`)
    }
  }
  for (const each of things) note(each, "")
  return shape
}

/** Fields that every recorded thing has and ours lacks, or whose type no recorded one had. */
export const differences = (
  recorded: ReadonlyArray<Record<string, unknown>>,
  ours: ReadonlyArray<Record<string, unknown>>,
  deep = false,
) => {
  const real = shapeOf(recorded, deep)
  const made = shapeOf(ours, deep)
  const missing = [...real]
    .filter(([name, { count }]) => count === recorded.length && (made.get(name)?.count ?? 0) < ours.length)
    .map(([name]) => name)
  const strange = [...made].flatMap(([name, { types }]) => {
    const known = real.get(name)
    const odd = known === undefined ? [] : [...types].filter((type) => !known.types.has(type))
    return odd.length === 0 ? [] : [`${name} is ${odd.join("|")}, recorded as ${[...known!.types].join("|")}`]
  })
  const unknown = [...made.keys()].filter((name) => !real.has(name))
  return { missing, strange, unknown }
}
