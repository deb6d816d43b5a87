import { hash } from "../Random.ts"

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
const SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"

const letters = (length: number, ...coordinates: ReadonlyArray<number>): string => {
  let text = ""
  for (let block = 0; text.length < length; block++) {
    let bits = hash(...coordinates, block)
    for (let i = 0; i < 6; i++, bits >>>= 5) text += BASE32[bits & 31]
  }
  return text.slice(0, length)
}

export const didOf = (seed: number, author: number): string => `did:plc:${letters(24, seed, 0xd1d, author)}`

/** Shaped like the CID of a DAG-CBOR record; not computed from the record. */
export const cidOf = (...coordinates: ReadonlyArray<number>): string => `bafyrei${letters(52, 0xc1d, ...coordinates)}`

/** An atproto TID: 53 bits of microseconds, 10 bits of clock id, in sortable base 32. */
export const tid = (microseconds: number, clock: number): string => {
  let text = ""
  for (let rest = microseconds, i = 0; i < 11; i++) {
    text = SORTABLE[rest % 32] + text
    rest = Math.floor(rest / 32)
  }
  return text + SORTABLE[(clock >>> 5) & 31] + SORTABLE[clock & 31]
}

const FIRST = "bo ka mi ru ta ve lo zi hu ne sa do wi pe fy gra kli mar tol bri stu ven dax qui".split(" ")
const LAST = "rin dle mox ter vik lan pot ska bee fen gus nix ola rup tas wen zor hal mid kin".split(" ")

export const nameOf = (seed: number, author: number): string => {
  const bits = hash(seed, 0x9a3e, author)
  const name = FIRST[bits % FIRST.length]! + FIRST[(bits >>> 6) % FIRST.length]! + LAST[(bits >>> 12) % LAST.length]!
  return (bits >>> 18) % 3 === 0 ? name : `${name}${(author % 997).toString(36)}`
}

export const handleOf = (seed: number, author: number): string => `${nameOf(seed, author)}-${author.toString(36)}.bsky.example`
