import { bucketOf } from "@signalflow/domain/Time"
import type { HistoryRow, SignalRow } from "./SignalRows.ts"

export interface Recounted {
  readonly signals: number
  readonly authors: number
  readonly sentimentMean: number | null
  readonly sentimentN: number
  readonly scoreMean: number | null
  readonly scoreN: number
  readonly velocityMean: number | null
  readonly velocityN: number
}

const mean = (values: ReadonlyArray<number>) => (values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length)
const append = <A>(lists: Map<string, Array<A>>, key: string, value: A) => {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}
const known = (values: ReadonlyArray<number | null>) => values.filter((value) => value !== null)

/** Every window and every volume by the plainest means: what the database's answer is compared with. */
export const recount = (signals: ReadonlyArray<SignalRow>, history: ReadonlyArray<HistoryRow>) => {
  const shown = new Map(signals.filter((signal) => !signal.hidden).map((signal) => [signal.id, signal]))
  const inOrder = [...shown.values()].sort((a, b) => a.countedAt - b.countedAt || (a.id < b.id ? -1 : 1))
  const firstSaid = new Map<string, string>()
  const spoken = new Map<string, Array<{ voice: string; sentiment: number | null }>>()
  const measured = new Map<string, Array<HistoryRow>>()
  const volumes = new Map<string, { signals: number; voices: Set<string> }>()
  for (const signal of inOrder) {
    const place = `${signal.platform} ${bucketOf(signal.countedAt)}`
    const self = signal.author ?? signal.community ?? ""
    const copied = `${place} ${signal.text}`
    if (signal.text.length >= 20 && !firstSaid.has(copied)) firstSaid.set(copied, self)
    const voice = signal.text.length >= 20 ? firstSaid.get(copied)! : self
    const volume = volumes.get(place) ?? { signals: 0, voices: new Set() }
    volumes.set(place, { signals: volume.signals + 1, voices: volume.voices.add(voice) })
    for (const topic of new Set(signal.topics)) {
      const key = `${topic} ${place}`
      append(spoken, key, { voice, sentiment: signal.sentiment })
    }
  }
  for (const row of history) {
    const signal = shown.get(row.id)
    if (signal === undefined || (row.score === null && row.velocity === null)) continue
    for (const topic of new Set(signal.topics)) {
      const key = `${topic} ${signal.platform} ${bucketOf(row.observedAt)}`
      append(measured, key, row)
    }
  }
  const windows = new Map<string, Recounted>()
  for (const key of new Set([...spoken.keys(), ...measured.keys()])) {
    const said = spoken.get(key) ?? []
    const rows = measured.get(key) ?? []
    const sentiments = known(said.map(({ sentiment }) => sentiment))
    const scores = known(rows.map(({ score }) => score))
    const velocities = known(rows.map(({ velocity }) => velocity))
    windows.set(key, {
      signals: said.length,
      authors: new Set(said.map(({ voice }) => voice)).size,
      sentimentMean: mean(sentiments),
      sentimentN: sentiments.length,
      scoreMean: mean(scores),
      scoreN: scores.length,
      velocityMean: mean(velocities),
      velocityN: velocities.length,
    })
  }
  return { windows, volumes: new Map([...volumes].map(([key, { signals, voices }]) => [key, { signals, authors: voices.size }])) }
}
