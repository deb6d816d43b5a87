import type { Kind, Marker } from "./Marker.ts"

/** As people call it. */
export const nameOf = (kind: Kind): string => (kind === "demo" ? "the demo" : '"signalflow up"')

/** Who and where, in brackets. */
export const placeOf = ({ pid, address, listening }: Marker): string =>
  `pid ${pid}, ${listening && address !== null ? address : `starting${address === null ? "" : `, then at ${address}`}`}`

/** "The demo runs already …", for somebody who starts another. */
export const sentenceOf = (marker: Marker): string => {
  const name = nameOf(marker.kind)
  return `${name[0]!.toUpperCase()}${name.slice(1)} already runs on ${marker.directory} (${placeOf(marker)})`
}
