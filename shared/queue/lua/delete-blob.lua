-- keys: blob blobExpiry blobSize counters
-- include: common
-- ARGV: id
-- Returns: 1 when there was one
local id = ARGV[1]
if redis.call('ZREM', K.blobExpiry, id) == 0 then return 0 end
count('blobBytes', -tonumber(redis.call('HGET', K.blobSize, id) or 0))
redis.call('HDEL', K.blobSize, id)
redis.call('UNLINK', K.blob .. id)
return 1
