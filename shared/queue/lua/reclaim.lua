-- keys: line lane occupied waiting flight holder lease counters wakeWorker dead deadOrder known orders
-- include: common lanes common-work
-- ARGV: maxAttempts, worker ('' for every expired lease), leaseMs
-- Returns: {returned, dead, ms until the next lease can expire: at most leaseMs, because one made now lasts as long}
local max_attempts, worker, lease_ms = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local now = now_ms()
local returned, dead = 0, 0
if worker == '' then
  returned, dead = reclaim_expired(max_attempts, now)
else
  local held = redis.call('HGETALL', K.holder)
  local its = {}
  for i = 1, #held, 2 do
    local holder, epoch = string.match(held[i + 1], '^(%S+) (%S+)')
    if holder == worker then its[#its + 1] = { id = held[i], epoch = tonumber(epoch) } end
  end
  -- Each goes to the head, so the one claimed first is given back last.
  table.sort(its, function(a, b) return a.epoch > b.epoch end)
  for _, claim in ipairs(its) do
    if give_back_lost(claim.id, max_attempts, 'its worker died', now) then returned = returned + 1 else dead = dead + 1 end
  end
end
settle_wake(K.wakeWorker, count_waiting())
local next_lease = redis.call('ZRANGE', K.lease, 0, 0, 'WITHSCORES')
local wait = lease_ms
if next_lease[2] then wait = math.max(0, math.min(wait, tonumber(next_lease[2]) - now)) end
return { returned, dead, stamp(wait) }
