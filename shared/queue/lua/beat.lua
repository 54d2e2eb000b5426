-- keys: hands seen
-- include: common
-- ARGV: worker, leaseMs, then ids; none means all that the worker holds
-- Returns: how many claims of these the worker still holds, each with a fresh lease
local worker, lease_ms = ARGV[1], tonumber(ARGV[2])
local now = now_ms()
redis.call('ZADD', K.seen, stamp(now), worker)
local wanted = {}
for i = 3, #ARGV do wanted[ARGV[i]] = true end
local held, expires = 0, expiry(now, lease_ms)
local entry = redis.call('HGET', K.hands, worker) or ''
entry = string.gsub(entry, '(\n%S+ (%S+) %S+ )%S+', function(claim, id)
  if #ARGV > 2 and not wanted[id] then return nil end
  held = held + 1
  return claim .. expires
end)
if held > 0 then redis.call('HSET', K.hands, worker, entry) end
return held
