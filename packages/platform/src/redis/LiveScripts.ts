import { script } from "./RedisScript.ts"

/**
 * The whole feed is one hash, so that it is evicted, expired or lost as a whole and never in part:
 * `run` the server's run id, `epoch`, `offset` of the last entry, `floor` the first that is kept, `bytes` of all entries,
 * `e<offset>` an entry, `o<id>` the offsets of a signal's entries.
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
 * Appends entries and tells everyone. ARGV: run id, a new epoch, entries kept at most, their bytes at most, channel, number of entries,
 * entries. Of each entry two lines: `+` and the id of a signal or `-` and the id of one that is gone, as JSON, and the item.
 * A first line is left out: the server's slow log shows the beginning of an argument, and no text must be there.
 */
export const publishScript = script(`${begin}
local keep, room, texts = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[7]
local first, fields, entries = offset + 1, {}, {}
local from = string.find(texts, '\\n', 1, true) + 1
for i = 1, tonumber(ARGV[6]) do
  local middle = string.find(texts, '\\n', from, true)
  local to = string.find(texts, '\\n', middle + 1, true) or #texts + 1
  fields[i] = 'o' .. string.sub(texts, from + 1, middle - 1)
  entries[i] = string.sub(texts, from, to - 1)
  from = to + 1
end

local set, del = {}, {}
local function apply(command, list)
  for i = 1, #list, 4000 do redis.call(command, key, unpack(list, i, math.min(i + 3999, #list))) end
end

-- Where the entries of each signal are: those of the history, then those of this batch.
local places, old = {}, redis.call('HMGET', key, unpack(fields))
for i, field in ipairs(fields) do places[field] = old[i] or nil end
for i, field in ipairs(fields) do
  offset = offset + 1
  local known = places[field]
  if string.byte(entries[i]) == 43 then
    local at = string.format('%d', offset)
    places[field] = known and known .. ' ' .. at or at
  elseif known then
    for at in string.gmatch(known, '%d+') do
      local own = tonumber(at) - first + 1
      if own > 0 then entries[own] = false else
        bytes = bytes - redis.call('HSTRLEN', key, 'e' .. at)
        del[#del + 1] = 'e' .. at
      end
    end
    places[field] = nil
    del[#del + 1] = field
  end
end
-- The slow log shows 31 arguments of a command, also of this one: none of them an entry.
for i = 1, 15 do
  set[#set + 1] = 'epoch'
  set[#set + 1] = epoch
end
for i, field in ipairs(fields) do
  if entries[i] then
    bytes = bytes + #entries[i]
    set[#set + 1] = string.format('e%d', first + i - 1)
    set[#set + 1] = entries[i]
  end
  if places[field] then
    set[#set + 1] = field
    set[#set + 1] = places[field]
    places[field] = nil
  end
end
apply('HDEL', del)
apply('HSET', set)

while floor <= offset and (offset - floor >= keep or bytes > room) do
  local at = string.format('%d', floor)
  local entry = redis.call('HGET', key, 'e' .. at)
  if entry then
    local field = 'o' .. string.sub(entry, 2, (string.find(entry, '\\n', 1, true) or 1) - 1)
    local known = redis.call('HGET', key, field)
    if known == at then
      redis.call('HDEL', key, 'e' .. at, field)
    else
      redis.call('HDEL', key, 'e' .. at)
      if known and string.sub(known, 1, #at + 1) == at .. ' ' then redis.call('HSET', key, field, string.sub(known, #at + 2)) end
    end
    bytes = bytes - #entry
  end
  floor = floor + 1
end

redis.call('HSET', key, 'offset', offset, 'floor', floor, 'bytes', bytes)
redis.call('PUBLISH', ARGV[5], offset)`)
