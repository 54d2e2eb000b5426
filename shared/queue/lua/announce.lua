-- keys: roster seen orders hands counters
-- include: common
-- ARGV: member, role, silentMs
-- START. Members silent for that long are forgotten in passing: they died without leaving. One that still holds a claim is not,
-- until that has been returned.
-- Returns: Redis TIME in ms
local member, role, silent_ms = ARGV[1], ARGV[2], tonumber(ARGV[3])
local now = now_ms()
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', K.seen, '-inf', stamp(now - silent_ms))) do
  if not string.find(redis.call('HGET', K.hands, gone) or '', '\n', 1, true) then
    redis.call('HDEL', K.roster, gone)
    redis.call('HDEL', K.orders, gone)
    redis.call('HDEL', K.hands, gone)
    redis.call('ZREM', K.seen, gone)
  end
end
if redis.call('HSETNX', K.roster, member, role .. ' ' .. stamp(now)) == 1 then count('started') end
redis.call('ZADD', K.seen, stamp(now), member)
return stamp(now)
