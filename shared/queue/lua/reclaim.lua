-- keys: lane flight holder lease counters wakeWorker dead deadOrder known orders
-- include: common common-work
-- ARGV: maxAttempts, worker ('' for every expired lease)
-- Returns: {returned, dead}
local max_attempts, worker = tonumber(ARGV[1]), ARGV[2]
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
settle_wake(K.wakeWorker, redis.call('LLEN', K.lane))
return { returned, dead }
