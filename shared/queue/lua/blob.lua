-- A blob's end. Needs blob, blobExpiry, blobSize and counters.

-- Returns whether there was one.
local function drop_blob(id)
  if redis.call('ZREM', K.blobExpiry, id) == 0 then return false end
  count('blobBytes', -tonumber(redis.call('HGET', K.blobSize, id) or 0))
  redis.call('HDEL', K.blobSize, id)
  redis.call('UNLINK', K.blob .. id)
  return true
end
