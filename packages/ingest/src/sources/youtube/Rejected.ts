import { SourceError } from "../../SourceAdapter.ts"
import type { Refused } from "./Client.ts"

/** A refusal that no single resource is to blame for: the whole feed has it. */
export const rejected = ({ message }: Refused): SourceError =>
  new SourceError({ reason: "rejected", message: `YouTube refuses: ${message}` })
