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
  for i = 1, #held, 2 do
    if string.sub(held[i + 1], 1, #worker + 1) == worker .. ' ' then
      if give_back_lost(held[i], max_attempts, 'its worker died', now) then returned = returned + 1 else dead = dead + 1 end
    end
  end
end
settle_wake(K.wakeWorker, redis.call('LLEN', K.lane))
return { returned, dead }
