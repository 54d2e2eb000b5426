-- keys: input taken replies wakeInput counters
-- include: common
-- ARGV: client, sequence, limit
-- Returns: per message, its id and the taken entry `takenAt emitted⏎input entry`
local client, sequence, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local reply = {}
local earlier = earlier_reply(client, sequence)
if earlier then
  for _, id in ipairs(earlier) do
    local entry = redis.call('HGET', K.taken, id)
    if entry then
      reply[#reply + 1] = id
      reply[#reply + 1] = entry
    end
  end
  return reply
end
local now = stamp(now_ms())
local ids = {}
while #ids < limit do
  local entry = redis.call('LINDEX', K.input, 0)
  if not entry then break end
  local f = split_entry(entry)
  -- A phase lasts; it is taken alone.
  if f[3] == 'phase' and #ids > 0 then break end
  redis.call('LPOP', K.input)
  local taken = now .. ' 0\n' .. entry
  redis.call('HSET', K.taken, f[1], taken)
  ids[#ids + 1] = f[1]
  reply[#reply + 1] = f[1]
  reply[#reply + 1] = taken
  if f[3] == 'phase' then break end
end
remember_reply(client, sequence, ids)
settle_wake(K.wakeInput, redis.call('LLEN', K.input))
return reply
