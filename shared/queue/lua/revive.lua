-- keys: dead deadOrder line lane occupied known counters wakeWorker
-- include: common lanes attempts
-- ARGV: ids; none means all
-- Returns: how many dead letters went back to their lanes
local ids = ARGV
if #ids == 0 then ids = redis.call('LRANGE', K.deadOrder, 0, -1) end
local n = 0
local now = now_ms()
for _, id in ipairs(ids) do
  local letter = redis.call('HGET', K.dead, id)
  if letter then
    local envelope = string.match(letter, '^%S+\n([^\n]*\n[^\n]*)')
    add_waiting(envelope_with_attempts(envelope, 0), now, 'RPUSH')
    redis.call('HSET', K.known, id, 'lane')
    redis.call('HDEL', K.dead, id)
    redis.call('LREM', K.deadOrder, 1, id)
    count('revived')
    n = n + 1
  end
end
settle_wake(K.wakeWorker, count_waiting())
return n
