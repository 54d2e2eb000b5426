-- keys: line lane occupied flight lease counters wakeWorker dead deadOrder known
-- include: common lanes hands attempts lost
-- ARGV: maxAttempts, worker ('' for every expired lease), leaseMs
-- Returns: {returned, dead, ms until the next lease can expire: at most leaseMs, because one made now lasts as long}
local max_attempts, worker, lease_ms = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local now = now_ms()
local returned, dead = 0, 0
if worker == '' then
  returned, dead = reclaim_expired(max_attempts, now, stamp(now))
else
  for _, id in ipairs(newest_first(ids_held_by(worker))) do
    if give_back_lost(worker, id, max_attempts, 'its worker died', now) then returned = returned + 1 else dead = dead + 1 end
  end
end
settle_wake(K.wakeWorker, count_waiting())
local next_lease = redis.call('ZRANGE', K.lease, 0, 0, 'WITHSCORES')
local wait = lease_ms
if next_lease[2] then wait = math.max(0, math.min(wait, tonumber(next_lease[2]) - now)) end
return { returned, dead, stamp(wait) }
