-- keys: roster seen orders replies counters
-- include: common
-- ARGV: member, role, silentMs
-- START. Members silent for that long are forgotten in passing: they died without leaving.
-- Returns: Redis TIME in ms
local member, role, silent_ms = ARGV[1], ARGV[2], tonumber(ARGV[3])
local now = now_ms()
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', K.seen, '-inf', stamp(now - silent_ms))) do
  redis.call('HDEL', K.roster, gone)
  redis.call('HDEL', K.orders, gone)
  redis.call('HDEL', K.replies, gone)
  redis.call('ZREM', K.seen, gone)
end
if redis.call('HSETNX', K.roster, member, role .. ' ' .. stamp(now)) == 1 then count('started') end
redis.call('ZADD', K.seen, stamp(now), member)
return stamp(now)
