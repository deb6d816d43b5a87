import { createHash } from "node:crypto"

export interface RedisScript {
  readonly lua: string
  readonly digest: string
}

/** A Lua script, to be run by its digest. */
export const script = (lua: string): RedisScript => ({ lua, digest: createHash("sha1").update(lua).digest("hex") })
