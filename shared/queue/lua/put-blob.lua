-- keys: blob blobExpiry blobSize counters
-- include: common
-- ARGV: id, bytes, ttlMs, maxTotalBytes, size
-- Returns: 1, or 0 when the farm holds its total already
local id, bytes, ttl_ms, max_total, size = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local now = now_ms()
for _, expired in ipairs(redis.call('ZRANGEBYSCORE', K.blobExpiry, '-inf', stamp(now))) do
  count('blobBytes', -tonumber(redis.call('HGET', K.blobSize, expired)))
  redis.call('HDEL', K.blobSize, expired)
  redis.call('ZREM', K.blobExpiry, expired)
end
local growth = size - tonumber(redis.call('HGET', K.blobSize, id) or 0)
if tonumber(redis.call('HGET', K.counters, 'blobBytes') or 0) + growth > max_total then return 0 end
redis.call('SET', K.blob .. id, bytes, 'PX', string.format('%.0f', ttl_ms))
redis.call('HSET', K.blobSize, id, size)
redis.call('ZADD', K.blobExpiry, stamp(now + ttl_ms), id)
count('blobBytes', growth)
return 1
