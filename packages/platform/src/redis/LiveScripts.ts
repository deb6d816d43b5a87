import { script } from "./RedisScript.ts"

/**
 * The whole feed is one hash, so that it is evicted, expired or lost as a whole and never in part:
 * `run` the server's run id, `epoch`, `offset` of the last entry, `floor` the first that is kept, `bytes` of all entries,
 * `e<offset>` an entry, `i<offset>` the id of its signal, `o<id>` the offsets of a signal's entries.
 */
export const KEY = "live:feed"

/** Channels are not of one database. A message is the offset of the last entry, a bell and no content. */
export const CHANNEL = "signalflow:live"

/**
 * ARGV[1] is the server's run id, ARGV[2] a new epoch. A feed of another run came out of a snapshot: its offsets have been given
 * to other entries since, and texts may be back that were removed. It begins anew, and so does one that is not whole.
 */
const begin = `
local key, run = KEYS[1], ARGV[1]
local head = redis.pcall('HMGET', key, 'run', 'epoch', 'offset', 'floor', 'bytes')
local epoch, offset, floor, bytes = head[2], tonumber(head[3] or ''), tonumber(head[4] or ''), tonumber(head[5] or '')
if head[1] ~= run or not epoch or not offset or not floor or not bytes then
  epoch, offset, floor, bytes = ARGV[2], 0, 1, 0
  redis.call('DEL', key)
  redis.call('HSET', key, 'run', run, 'epoch', epoch, 'offset', offset, 'floor', floor, 'bytes', bytes)
end`

/** Makes sure that there is a feed of this run. */
export const beginScript = script(begin)

/**
 * Appends entries and tells everyone. ARGV: run id, a new epoch, entries kept at most, their bytes at most, channel, n;
 * n ids, `+` before a signal's and `-` before a removal's; n entries. The ids come first so that the server's slow log,
 * which shows a command's beginning, holds no text.
 */
export const publishScript = script(`${begin}
local keep, room, n = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[6])

local function drop(at)
  bytes = bytes - redis.call('HSTRLEN', key, 'e' .. at)
  redis.call('HDEL', key, 'e' .. at, 'i' .. at)
end

for i = 1, n do
  local tag, id, entry = string.sub(ARGV[6 + i], 1, 1), string.sub(ARGV[6 + i], 2), ARGV[6 + n + i]
  local places = redis.call('HGET', key, 'o' .. id)
  offset = offset + 1
  if tag == '+' then
    places = places and places .. ' ' .. offset or offset
    redis.call('HSET', key, 'e' .. offset, entry, 'i' .. offset, id, 'o' .. id, places)
  else
    if places then
      for at in string.gmatch(places, '%d+') do drop(at) end
      redis.call('HDEL', key, 'o' .. id)
    end
    redis.call('HSET', key, 'e' .. offset, entry)
  end
  bytes = bytes + #entry
end

while floor <= offset and (offset - floor >= keep or bytes > room) do
  local id = redis.call('HGET', key, 'i' .. floor)
  if id then
    local rest = string.match(redis.call('HGET', key, 'o' .. id) or '', '^%d+ (.+)$')
    if rest then redis.call('HSET', key, 'o' .. id, rest) else redis.call('HDEL', key, 'o' .. id) end
  end
  drop(floor)
  floor = floor + 1
end

redis.call('HSET', key, 'offset', offset, 'floor', floor, 'bytes', bytes)
redis.call('PUBLISH', ARGV[5], offset)`)
