/** A place in the live feed. Offsets count the entries of an epoch, which begins anew when history is lost. */
export interface LivePosition {
  readonly epoch: string
  readonly offset: number
}

/** Offsets that are not kept any more, or that a slow reader lost. `from` 0: the position was of another epoch, and all before `to` is unknown. */
export interface LiveMissed {
  readonly _tag: "Missed"
  /** The epoch that the offsets are of, and that what follows is of. */
  readonly epoch: string
  readonly from: number
  readonly to: number
}
