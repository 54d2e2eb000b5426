-- keys: dead deadOrder line lane occupied placed epoch counters wakeWorker
-- include: common lanes attempts
-- ARGV: ids; none means all
-- Returns: how many dead letters went back to their lanes
local ids = ARGV
if #ids == 0 then ids = redis.call('LRANGE', K.deadOrder, 0, -1) end
local headers = {}
local now = now_ms()
for _, id in ipairs(ids) do
  local letter = redis.call('HGET', K.dead, id)
  if letter then
    headers[#headers + 1] = header_with_attempts(string.match(letter, '^%S+\n([^\n]*)'), 0)
    redis.call('HDEL', K.dead, id)
    redis.call('LREM', K.deadOrder, 1, id)
  end
end
put_down_all(headers, now)
if #headers > 0 then count('revived', #headers) end
settle_wake(K.wakeWorker, count_waiting())
return #headers
