-- Shared by every script that takes or returns work. K.<name> is a key, by its name in keys.ts (scripts.ts).
--
-- Invariants that each function below keeps:
--   a task is in exactly one of: input, the line or a lane, a worker's hands, result, record, dead; its body is in body all the time;
--   the wake list of a stage holds at most as many rings as there is work, and at least one while there is any, so a member
--   that swallowed a ring and died delays nobody for longer than the next script.

-- Redis TIME in ms with microsecond digits. The script's only clock.
local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + t[2] / 1000
end

local function stamp(ms)
  return string.format('%.3f', ms)
end

-- When a lease that is made or extended now expires, in whole ms.
local function expiry(now, lease_ms)
  return string.format('%.0f', math.ceil(now + lease_ms))
end

local function words(text)
  local list = {}
  for word in string.gmatch(text, '%S+') do list[#list + 1] = word end
  return list
end

-- The words of an entry's first line, and what follows the line.
local function split_entry(entry)
  local newline = string.find(entry, '\n', 1, true)
  return words(string.sub(entry, 1, newline - 1)), string.sub(entry, newline + 1)
end

local MAX_RINGS = 64

-- Brings a wake list to min(waiting, MAX_RINGS) rings.
local function settle_wake(wake, waiting)
  local want = math.min(waiting, MAX_RINGS)
  local have = redis.call('LLEN', wake)
  if have > want then
    if want == 0 then redis.call('DEL', wake) else redis.call('LTRIM', wake, 0, want - 1) end
  end
  while have < want do
    redis.call('RPUSH', wake, '1')
    have = have + 1
  end
end

-- The words of the answer given before to the same request of the same client; nil when this one is new.
local function earlier_reply(client, sequence)
  local stored = redis.call('HGET', K.replies, client)
  if not stored then return nil end
  local reply = words(stored)
  if table.remove(reply, 1) ~= sequence then return nil end
  return reply
end

local function remember_reply(client, sequence, reply)
  redis.call('HSET', K.replies, client, sequence .. ' ' .. table.concat(reply, ' '))
end

local function count(counter, by)
  -- + 0: the negative of an empty blob's size is -0, which Redis does not take for an integer.
  redis.call('HINCRBY', K.counters, counter, (by or 1) + 0)
end

-- Calls a command with more arguments than Lua can unpack at once. Pairs of field and value stay together.
local MOST_ARGUMENTS = 4000
local function call_with_all(command, key, arguments)
  for from = 1, #arguments, MOST_ARGUMENTS do
    redis.call(command, key, unpack(arguments, from, math.min(from + MOST_ARGUMENTS - 1, #arguments)))
  end
end
