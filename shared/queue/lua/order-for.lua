-- keys: orders seen
-- include: common
-- ARGV: member
-- Returns: {order, type, until, ack} or {}
local now = now_ms()
redis.call('ZADD', K.seen, stamp(now), ARGV[1])
local stored = redis.call('HGET', K.orders, ARGV[1])
if not stored then return {} end
local f = {}
for word in string.gmatch(stored, '%S+') do f[#f + 1] = word end
if tonumber(f[3]) > now then return f end
redis.call('HDEL', K.orders, ARGV[1])
return {}
