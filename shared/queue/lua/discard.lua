-- keys: dead deadOrder body counters
-- include: common
-- ARGV: ids; none means all
-- Returns: the ids of the dead letters that were deleted (their blobs are the caller's to delete)
local ids = ARGV
if #ids == 0 then ids = redis.call('LRANGE', K.deadOrder, 0, -1) end
local gone = {}
for _, id in ipairs(ids) do
  if redis.call('HDEL', K.dead, id) == 1 then
    redis.call('LREM', K.deadOrder, 1, id)
    redis.call('HDEL', K.body, id)
    count('discarded')
    gone[#gone + 1] = id
  end
end
return gone
