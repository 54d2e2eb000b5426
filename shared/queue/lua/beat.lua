-- keys: flight lease seen
-- include: common hands
-- ARGV: worker, leaseMs, then ids; none means all that the worker holds
-- Returns: how many claims of these the worker still holds, each with a fresh lease
local worker, lease_ms = ARGV[1], tonumber(ARGV[2])
local now = now_ms()
redis.call('ZADD', K.seen, stamp(now), worker)
local ids = #ARGV > 2 and { unpack(ARGV, 3) } or ids_held_by(worker)
local expires = expiry(now, lease_ms)
local held = 0
for _, id in ipairs(ids) do
  local claim = worker .. ' ' .. id
  if redis.call('ZSCORE', K.lease, claim) then
    redis.call('ZADD', K.lease, expires, claim)
    held = held + 1
  end
end
return held
