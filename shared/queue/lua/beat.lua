-- keys: holder lease seen
-- include: common
-- ARGV: worker, leaseMs
-- Returns: how many claims the worker holds, each with a fresh lease
local worker, lease_ms = ARGV[1], tonumber(ARGV[2])
local now = now_ms()
redis.call('ZADD', K.seen, stamp(now), worker)
local held = redis.call('HGETALL', K.holder)
local n = 0
for i = 1, #held, 2 do
  if string.sub(held[i + 1], 1, #worker + 1) == worker .. ' ' then
    redis.call('ZADD', K.lease, stamp(now + lease_ms), held[i])
    n = n + 1
  end
end
return n
