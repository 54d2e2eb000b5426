-- keys: hands look line lane occupied placed epoch counters wakeWorker dead deadOrder
-- include: common lanes hands attempts lost
-- ARGV: maxAttempts, worker ('' for every expired lease), leaseMs
-- Returns: {returned, dead, ms until the next lease can expire: at most leaseMs, because one made now lasts as long}
local max_attempts, worker, lease_ms = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local now = now_ms()
local returned, dead, look
if worker == '' then
  returned, dead, look = reclaim_expired(max_attempts, lease_ms, now)
else
  local held = claims_held_by(worker)
  returned, dead = give_back_lost(held, #held, max_attempts, 'its worker died', now)
  look = tonumber(redis.call('GET', K.look) or 0)
end
settle_wake(K.wakeWorker, count_waiting())
return { returned, dead, stamp(math.max(0, math.min(lease_ms, look - now))) }
